import assert from "node:assert/strict";
import * as fc from "fast-check";
import { exec, exists, REDPAK, rootTest, Scratch } from "./_node.ts";
import { JOINABLE, OtherProcess } from "./_other_process.ts";
import { families, placeFamily, type RandomNode } from "./_random_family.ts";
import { normalize, SHOW } from "./_surroundings.ts";

/** What the host's programs need to show what they see. */
const SHOWN = [
  ...["/usr", "/bin", "/lib", "/lib64"].filter(exists).map((path) => ({ mode: "Restricted", mount: path, path })),
  { mode: "Procfs", mount: "/proc" },
  { mode: "Devfs", mount: "/dev" },
];

const USER = 61_234;

/** Without what `SHOWN` has already, and without some of what a launch is refused for. */
function fit({ exports, environ, config }: RandomNode, uid: number): RandomNode {
  const { path: _, ldpath: __, ...rest } = config;
  const others = uid === 0 ? rest : Object.fromEntries(
    // Namespaces of root's processes, and ids that are not the user's own.
    Object.entries(rest).filter(([name, value]) =>
      !(typeof value === "string" && value.startsWith("%")) && !name.startsWith("set-")
    ),
  );
  return {
    exports: exports.filter(({ mode, path }) => mode !== "Procfs" && mode !== "Devfs" && path !== "/sys/fs"),
    environ: environ.filter(({ key }) => key !== "HOME"),
    config: { ...others, path: "/usr/bin:/bin" },
  };
}

for (const uid of [0, USER]) {
  const who = uid === 0 ? "root" : "an ordinary user";
  rootTest(`a launcher of ${who} gives a random node what redpak run gives it`, async () => {
    await using other = await OtherProcess.start(JOINABLE);
    const counted = { started: 0, refused: 0, notSealed: 0 };
    fc.assert(
      fc.property(families, (family) => {
        using scratch = new Scratch();
        const node = placeFamily(scratch, family.map((node) => fit(node, uid)), other.pid, ...SHOWN);
        exec("chown", ["-Rh", `${uid}:${uid}`, scratch.path]);
        const launch = (...words: string[]) => {
          const via = ["-c", 'exec 9<"$0"; exec "$@"', `${scratch.path}/tree/file`, ...words];
          const { code, stdout, stderr } = exec("bash", via, { cwd: "/", env: { USER: "somebody" }, uid });
          return { code, stderr, lines: normalize(stdout).split("\n").filter((line) => line !== "") };
        };
        const unsealed = launch(REDPAK, "run", node, "--", "sh", "-c", SHOW);
        const sealing = launch(REDPAK, "seal", node, "--evaluate", "--", "sh", "-c", SHOW);
        if (unsealed.code !== 0) {
          counted.refused++;
          const starts = sealing.code === 0 && launch(`${node}/.redpak/launcher`).code === 0;
          return assert.equal(starts, false, unsealed.stderr);
        }
        if (sealing.code !== 0) {
          counted.notSealed++;
          return assert.match(sealing.stderr, /Cannot seal/);
        }
        counted.started++;
        const sealed = launch(`${node}/.redpak/launcher`);
        // What a launch warns of, sealing has.
        assert.equal(sealing.stderr, unsealed.stderr);
        assert.deepEqual(sealed, { ...unsealed, stderr: "" });
      }),
      { numRuns: 25, seed: 1, endOnFailure: true },
    );
    assert.ok(counted.started > 10, JSON.stringify(counted));
  });
}
