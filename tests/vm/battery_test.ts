/** What a program finds in a node with the default profile where control groups can be had: the probe of tests/security. */
import assert from "node:assert/strict";
import { MEMORY } from "../security/_scene.ts";
import { compile } from "../system/_compile.ts";
import { boot, type GuestFiles, reasonToSkip } from "./_rig.ts";

/** By their ids in the catalogue, which says why. */
const HOLES = [
  "A24 mountinfo names directories of the host",
  "B20 memory can be writable and executable",
  "B20 what is written in memory can be executed",
  // AppArmor, which the guest's kernel has, lets whom no policy confines take a profile: that confines him more.
  "C16 the label can be changed",
  "C17 load of the host shows",
  "C17 memory of the host shows",
];
const CALLERS: Readonly<Record<string, readonly string[]>> = {
  root: HOLES,
  // The kernel lets no user drop groups, nor take back a lowered priority.
  user: [...HOLES, "B13 groups of the caller are kept", "B16 the caller's priority"].sort(),
};

async function programs(): Promise<GuestFiles> {
  const sources = { probe: "../security/probe.c", host_marks: "../security/host_marks.c", attributes: "attributes.c" };
  return Object.fromEntries(
    await Promise.all(
      Object.entries(sources).map(async ([name, source]) =>
        [`probe/${name}`, Deno.readFileSync(await compile(source, "-static"))] as const
      ),
    ),
  );
}

/** One that the user is in beside his own. */
const GROUPS = { "etc/group": "root:x:0:\nuser:x:1000:\ncareless:x:4242:user\n" };

const reason = await reasonToSkip();
if (reason !== undefined) console.log(`skipped: the probe with control groups: ${reason}`);
const script = Deno.readTextFileSync(new URL("battery.sh", import.meta.url));
const lines = reason === undefined ? await boot({ script, files: { ...await programs(), ...GROUPS } }) : [];

for (const [caller, known] of Object.entries(CALLERS)) {
  const said = lines.filter((line) => line.startsWith(`${caller} `)).map((line) => line.slice(caller.length + 1));
  const talk = () => `the machine said last:\n${[...said, ...lines.slice(-20)].join("\n")}`;
  Deno.test({
    name: `launched by ${caller}, the probe finds what is known and nothing else`,
    ignore: reason !== undefined,
    fn() {
      const findings = said.flatMap((line) => /^(\w+) (ok|hole) \w (.*)$/.exec(line)?.slice(1) ?? [] as never);
      assert(findings.length > 100, talk());
      const holes = said.flatMap((line) => {
        const [, id, text] = /^(\w+) hole \w (.*)$/.exec(line) ?? [];
        return id === undefined ? [] : [`${id} ${text}`];
      });
      assert.deepEqual(holes.sort(), known);
    },
  });
  Deno.test({
    name: `launched by ${caller}, a node is stopped before it has three quarters of the memory (${MEMORY.id})`,
    ignore: reason !== undefined,
    fn() {
      assert(said.includes("memory 137"), talk());
      assert(said.includes("said: redpak: The kernel has killed processes of the node: it ran out of memory"), talk());
    },
  });
}
