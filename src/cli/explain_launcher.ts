import { resolvePath } from "../core/path.ts";
import { planToJson } from "../plan/json.ts";
import { renderPlan } from "../plan/render_text.ts";
import type { Output } from "./invocation.ts";
import { readLauncher, type SealedLauncher } from "./sealed_launcher.ts";

/** What `redpak explain LAUNCHER` says: everything that is in the file, and whether it is out of date. */
export function explainLauncher(name: string): Output {
  const { file, size, architecture, plan, sealed } = readLauncher(resolvePath(Deno.cwd(), name));
  const { uid, gid, kernel, renew } = sealed;
  const sources = sourcesOf(sealed);
  const version = kernel === 0 ? null : `${kernel >>> 16}.${kernel & 0xffff}`;
  const fields = [
    ["launcher", `${file} (${size} bytes, ${architecture})`],
    ["for", `user ${uid}, group ${gid}${version === null ? "" : `, Linux ${version} or later`}`],
    ["stale", renew.length === 0 ? "refuses to start" : renew.join(" ")],
    ...sources.map((
      { path, state },
      index,
    ) => [index === 0 ? "made from" : "", `${path}${state === "fresh" ? "" : " (changed)"}`]),
  ];
  return {
    kind: "SealedLauncher",
    data: {
      ...{ file, architecture, size, node: plan.node, admin: plan.admin, uid, gid, kernel: version, renew, sources },
      plan: planToJson(plan),
    },
    text: () =>
      `${fields.map(([key = "", value]) => `${key.padEnd(10)}${value}`).join("\n")}\n\n${renderPlan(plan).trimEnd()}`,
  };
}

/** What a launcher was made from, and whether that is as it was. */
export function sourcesOf({ files, stamps }: SealedLauncher["sealed"]): { path: string; state: "fresh" | "changed" }[] {
  return files.map((path, index) => ({ path, state: stateOf(path, stamps.slice(4 * index, 4 * index + 4)) }));
}

/** As the stage decides, but for the parts of seconds, which Deno does not tell of all. */
function stateOf(path: string, [inode, size, modified, changed]: readonly bigint[]): "fresh" | "changed" {
  const seconds = (time: bigint | undefined) => Number(BigInt.asIntN(64, time ?? 0n) / 1_000_000_000n);
  const secondsOf = (date: Date | null) => Math.floor((date?.getTime() ?? 0) / 1000);
  try {
    const found = Deno.lstatSync(path);
    const isSame = BigInt(found.ino ?? 0) === inode && BigInt(found.size) === size &&
      secondsOf(found.mtime) === seconds(modified) && secondsOf(found.ctime) === seconds(changed);
    return isSame ? "fresh" : "changed";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return inode === 0n ? "fresh" : "changed";
    }
    throw error;
  }
}
