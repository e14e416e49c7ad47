import defaultText from "../../policies/profiles/default.yaml" with { type: "text" };
import nonetworkText from "../../policies/profiles/nonetwork.yaml" with { type: "text" };
import strictText from "../../policies/profiles/strict.yaml" with { type: "text" };
import trustedText from "../../policies/profiles/trusted.yaml" with { type: "text" };
import type { Profile } from "../config/node.ts";
import { parseProfile, PROFILE_NAME } from "../config/profile.ts";
import { didYouMean } from "../core/did_you_mean.ts";
import { type Position, RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { quote } from "../core/quote.ts";
import { type Machine, THIS_MACHINE } from "./machine.ts";
import { readRootFile } from "./read_root_file.ts";

/** The profiles that are shipped. Nobody can put others in their place. */
export const PROFILES = {
  default: defaultText,
  strict: strictText,
  nonetwork: nonetworkText,
  trusted: trustedText,
} as const;

/** Where a machine's owner has more of them, as NAME.yaml. */
export const PROFILE_DIRECTORY = "/etc/redpak/profiles";

/** Where profiles are that are not shipped. */
export interface ProfilePlace {
  readonly directory?: string;
  readonly machine?: Machine | undefined;
}

/**
 * The profile of a name, shipped or of this machine. Loaded where a file names one.
 *
 * @param where it is named
 * @throws {RedpakError} `E_PROFILE_UNKNOWN`; `E_PROFILE_NOT_TRUSTED` where others than root could have written it;
 * `E_CONFIG` with every finding in it
 */
export async function loadProfile(
  name: string,
  where: Position,
  { directory = PROFILE_DIRECTORY, machine = THIS_MACHINE }: ProfilePlace = {},
): Promise<Profile> {
  if (Object.hasOwn(PROFILES, name)) {
    return await parseProfile(PROFILES[name as keyof typeof PROFILES], `profile ${name}`, name);
  }
  const source = PROFILE_NAME.test(name)
    ? readRootFile(`${directory}/${name}.yaml`, "E_PROFILE_NOT_TRUSTED", machine)
    : undefined;
  if (source === undefined) return unknown(name, where, machine.root + directory);
  return { ...await parseProfile(source.bytes, source.path, name), source };
}

function unknown(name: string, where: Position, directory: string): never {
  const names = [...Object.keys(PROFILES), ...listNames(directory)];
  const meant = didYouMean(name, names);
  throw new RedpakError({
    code: "E_PROFILE_UNKNOWN",
    exit: EXIT.configuration,
    message: `Cannot use the profile ${quote(name)}: there is none`,
    where,
    hints: [meant === undefined ? `there are ${names.join(", ")}` : `did you mean ${quote(meant)}?`],
  });
}

/** For hints only: what cannot be listed is left out. */
function listNames(directory: string): string[] {
  try {
    const files = [...Deno.readDirSync(directory)].map(({ name }) => /^(.*)\.yaml$/.exec(name)?.[1] ?? "");
    return files.filter((name) => PROFILE_NAME.test(name)).sort();
  } catch {
    return [];
  }
}
