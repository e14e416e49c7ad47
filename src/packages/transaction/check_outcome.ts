import { fileDetails } from "../../../ffi/libc/file_status.ts";
import { RedpakError } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { attempt } from "../attempt.ts";
import { formatNevra, type Nevra } from "../database/installed_package.ts";
import { absent, Directory } from "../generation/directory.ts";
import { isUnchanged } from "../generation/operation.ts";
import type { Staging } from "../generation/prepare.ts";
import { refuse } from "../refuse.ts";
import type { Arrival, Departure } from "./changed_packages.ts";
import { refuseLostConfiguration } from "./check_configuration.ts";
import type { PackageContent } from "./package_content.ts";

/** What packages may not bring along, their scripts may not make. */
export function refuseNewPrivileges(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  arrivals: readonly Arrival[],
): void {
  const allowed = new Set(arrivals.flatMap(({ content }) => content.files.map(({ path }) => path)));
  refuse(
    [...after].filter(([path, what]) => before.get(path) !== what && !allowed.has(path)).map(([path]) => ({
      code: "E_PACKAGE_PRIVILEGE",
      message: `Cannot change the packages: a script has made "${
        escapeText(path)
      }", which gives rights to whoever starts or opens it`,
      hints: ["nothing has been changed"],
    })),
  );
}

/** What was changed in a configuration file is in it still, or beside it; whatever has been reported. */
export function refuseLost(
  { content, root, staged }: Staging,
  packages: readonly { readonly content: PackageContent }[],
): void {
  attempt("look for configuration in", root, () => {
    using after = Directory.at(content.directory.kernel, root);
    refuseLostConfiguration(content.directory, after, packages.map((each) => each.content), (path) => {
      const was = staged.get(path);
      const is = absent(() => fileDetails(content.directory.kernel, content.directory.number, path));
      return was?.kind === "file" && (is === undefined || !isUnchanged(is, was.original, true));
    });
  });
}

/** The database says what was meant, and nothing else; whatever has been reported. */
export function refuseOthers(
  before: readonly Nevra[],
  after: readonly Nevra[],
  arrivals: readonly Arrival[],
  departures: readonly Departure[],
): void {
  const gone = departures.map((departure) => formatNevra(departure.package));
  const expected = [
    ...before.map(formatNevra).filter((one) => !gone.includes(one)),
    ...arrivals.map(({ content }) => formatNevra(content.package)),
  ].sort();
  const found = after.map(formatNevra).sort();
  if (expected.length === found.length && expected.every((one, index) => one === found[index])) return;
  throw new RedpakError({
    code: "E_INCOMPLETE",
    message: "Cannot complete the transaction: the database of packages does not say what was to be done",
    hints: ["nothing has been changed; the disk may be failing: see the messages of the kernel"],
  });
}
