/** `_rpm_change_loop.ts NODE BEFORE ONE TWO`: as `_change_loop.ts`, with rpm(8). */
import { exec } from "../system/_node.ts";
import { packages } from "./_transaction.ts";
import type { Built } from "./_transaction.ts";

const say = (text: string) =>
  Deno.stdout.writeSync(new TextEncoder().encode(`${performance.now() + performance.timeOrigin} ${text}\n`));

/** Puts a version of a package in the place of whichever is there. */
export function rpmInstall(node: string, { file }: Built): void {
  const how = ["--nosignature", "--force-debian", "--oldpackage"];
  const { code, stderr } = exec("rpm", ["--root", node, "--dbpath", "/usr/lib/sysimage/rpm", ...how, "-U", file]);
  if (code !== 0) throw new Error(stderr);
}

if (import.meta.main) {
  const [node = "", , one = "", two = ""] = Deno.args;
  const versions: readonly Built[] = [one, two].map((text) => JSON.parse(text));
  for (;;) {
    const [current] = packages(node);
    const next = versions.find(({ name, evr }) => `${name}-${evr}.noarch` !== current)!;
    say(`try ${next.evr}`);
    rpmInstall(node, next);
    say(`done ${next.evr}`);
  }
}
