import assert from "node:assert/strict";
import { type CommandName, COMMANDS } from "../../src/cli/commands.ts";

const KINDS = ["read", "write", "net", "env", "run", "ffi", "sys", "import"] as const;

/** What a command still may do in a process that began with everything. */
function kept(command: CommandName, flags: Readonly<Record<string, boolean>> = {}): string[] {
  const source = `
    import { narrow } from ${JSON.stringify(new URL("../../src/cli/narrow.ts", import.meta.url))};
    import { needsOf } from ${JSON.stringify(new URL("../../src/cli/needs.ts", import.meta.url))};
    narrow(needsOf(${JSON.stringify(command)}, ${JSON.stringify(flags)}));
    for (const name of ${JSON.stringify(KINDS)}) {
      if (Deno.permissions.querySync({ name }).state === "granted") console.log(name);
    }`;
  const { stdout, stderr, code } = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-all", `data:text/javascript,${encodeURIComponent(source)}`],
    stdin: "null",
  }).outputSync();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
}

Deno.test("a command that only looks can neither write, run, call the kernel nor reach the network", () => {
  for (const command of ["tree", "show", "check", "diff", "explain", "plan"] as const) {
    assert.deepEqual(kept(command, { fix: false }).filter((kind) => kind !== "sys"), ["read"], command);
  }
});

Deno.test("what only prints texts of redpak's own can do nothing at all", () => {
  for (const command of ["help", "version", "schema", "completions", "man"] as const) {
    assert.deepEqual(kept(command), [], command);
  }
});

/** The state of transactions is read by directories that are open, which takes calls of libc; packages by librpm. */
const READ_BY_FFI: readonly CommandName[] = [
  "undo",
  "recover",
  "install",
  "remove",
  "update",
  "downgrade",
  "reinstall",
  "autoremove",
  "certify",
  "keys remove",
  "seal",
];

for (const [command, row] of Object.entries(COMMANDS) as [CommandName, { flags: object }][]) {
  if (!("dry-run" in row.flags)) continue;
  Deno.test(`${command} --dry-run can change nothing`, () => {
    const kinds = kept(command, { "dry-run": true, fix: true }).filter((kind) => kind !== "sys");
    assert.deepEqual(kinds, READ_BY_FFI.includes(command) ? ["read", "ffi"] : ["read"]);
  });
}

Deno.test("only what downloads can reach the network, and no command that launches, enters or looks", () => {
  const commands = Object.keys(COMMANDS) as CommandName[];
  assert.deepEqual(commands.filter((command) => kept(command).includes("net")), [
    "install",
    "update",
    "downgrade",
    "reinstall",
    "search",
    "provides",
    "download",
    "repo add",
    "repo refresh",
    "keys add",
  ]);
});
