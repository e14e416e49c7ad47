import * as assert from "node:assert/strict";
import type { ExportMode } from "../config/schema.ts";
import { type ConfigFixture, FACTS, merged } from "./_fixtures.ts";
import { bwrapLaunch, type BwrapRequest } from "./bwrap_arguments.ts";

/** The options, but for the namespaces that nothing asked for. */
function options(fixture: ConfigFixture, request: Partial<BwrapRequest> = {}): string[] {
  const { options } = bwrapLaunch(merged(fixture), { arguments: [], facts: FACTS, ...request });
  return options.filter((word) => !NEW.includes(word));
}

const NEW = ["--unshare-user", "--unshare-cgroup", "--unshare-ipc", "--unshare-pid", "--unshare-net"];

const MODES: Readonly<Record<ExportMode, readonly string[]>> = {
  Public: ["--bind", "/s", "/d"],
  Private: ["--bind", "/s", "/d"],
  PublicFile: ["--bind", "/s", "/d"],
  PrivateFile: ["--bind", "/s", "/d"],
  Restricted: ["--ro-bind", "/s", "/d"],
  RestrictedFile: ["--ro-bind", "/s", "/d"],
  PrivateRestricted: ["--ro-bind", "/s", "/d"],
  Symlink: ["--symlink", "/s", "/d"],
  Execfd: ["--file", "3", "/d"],
  Internal: ["--file", "/s", "/d"],
  Anonymous: ["--dir", "/d"],
  Tmpfs: ["--tmpfs", "/d"],
  Devfs: ["--dev", "/d"],
  Procfs: ["--proc", "/d"],
  Mqueue: ["--mqueue", "/d"],
  Lock: ["--lock-file", "/d"],
};

for (const [mode, expected] of Object.entries(MODES)) {
  Deno.test(`an export of mode ${mode} is ${expected[0]}`, () => {
    assert.deepEqual(options({ exports: [{ mode: mode as ExportMode, mount: "/d", path: "/s" }] }), expected);
  });
}

Deno.test("an optional source is tried", () => {
  const entry = { mount: "/d", path: "/s", optional: true };
  assert.deepEqual(options({ exports: [{ mode: "Public", ...entry }] }), ["--bind-try", "/s", "/d"]);
  assert.deepEqual(options({ exports: [{ mode: "RestrictedFile", ...entry }] }), ["--ro-bind-try", "/s", "/d"]);
});

Deno.test("sources that are made are those of the directory modes that are not optional, each once", () => {
  const modes = Object.keys(MODES) as ExportMode[];
  const exports = modes.flatMap((mode) => [
    { mode, mount: `/${mode}`, path: `/${mode}` },
    { mode, mount: `/again/${mode}`, path: `/${mode}` },
    { mode, mount: `/o/${mode}`, path: `/o/${mode}`, optional: true },
  ]);
  const { directories } = bwrapLaunch(merged({ exports }), { arguments: [], facts: FACTS });
  assert.deepEqual(directories, ["/Public", "/Private", "/Restricted"]);
});

Deno.test("outputs of commands are read from descriptors 3, 4, 5 in the order of the exports", () => {
  const launch = bwrapLaunch(
    merged({
      exports: [
        { mode: "Execfd", mount: "/a", path: "echo a" },
        { mode: "Tmpfs", mount: "/b", path: "/b" },
        { mode: "Execfd", mount: "/c", path: "echo c" },
        { mode: "Execfd", mount: "/d", path: "echo a" },
      ],
    }),
    { arguments: [], facts: FACTS, outputs: new Map([["echo a", "a\n"]]) },
  );
  const files = ["--file", "3", "/a", "--tmpfs", "/b", "--file", "4", "/c", "--file", "5", "/d"];
  assert.deepEqual(launch.options.filter((word) => !NEW.includes(word)), files);
  assert.deepEqual(launch.files, [
    { descriptor: 3, command: "echo a", output: "a\n" },
    { descriptor: 4, command: "echo c" },
    { descriptor: 5, command: "echo a", output: "a\n" },
  ]);
});

Deno.test("variables are set or removed in the order of the merge, the search paths last", () => {
  const words = options({
    environ: [
      { mode: "Default", key: "A", value: "a b" },
      { mode: "Static", key: "B", value: "" },
      { mode: "Execfd", key: "C", value: "out" },
      { mode: "Remove", key: "D" },
      { mode: "Inherit", key: "E" },
      { mode: "Inherit", key: "F" },
    ],
    scalars: { chdir: "/" },
    path: ["/bin", "/usr/bin"],
    ldpath: ["/lib"],
  }, { facts: { ...FACTS, env: { E: "e" } } });
  const set = (name: string, value: string) => ["--setenv", name, value];
  assert.deepEqual(words, [
    ...set("A", "a b"),
    ...set("B", ""),
    ...set("C", "out"),
    ...["--unsetenv", "D"],
    ...set("E", "e"),
    ...set("F", ""),
    ...["--chdir", "/"],
    ...set("PATH", "/bin:/usr/bin"),
    ...set("LD_LIBRARY_PATH", "/lib"),
  ]);
});

Deno.test("everything together comes in the documented order", () => {
  const launch = bwrapLaunch(
    merged({
      exports: [{ mode: "Tmpfs", mount: "/tmp", path: "/tmp" }],
      environ: [{ mode: "Static", key: "A", value: "a" }],
      capabilities: [{ cap: "ALL", add: false }, { cap: "CAP_CHOWN", add: true }],
      scalars: {
        hostname: "h",
        chdir: "/tmp",
        "die-with-parent": "Enabled",
        "new-session": "Enabled",
        "inherit-env": true,
      },
      path: ["/bin"],
    }),
    { arguments: ["--bind", "x"], facts: FACTS },
  );
  assert.equal(
    launch.options.join(" "),
    "--tmpfs /tmp --setenv A a --cap-drop ALL --cap-add CAP_CHOWN --unshare-uts --hostname h --chdir /tmp " +
      "--die-with-parent --new-session --unshare-user --unshare-cgroup --unshare-ipc --unshare-pid --unshare-net " +
      "--setenv PATH /bin",
  );
  assert.deepEqual(launch.program, ["--bind", "x"]);
  assert.equal(launch.inheritEnvironment, true);
});

Deno.test("what is disabled is no option, and an empty host name is one", () => {
  const scalars = { hostname: "", "die-with-parent": "Disabled", "new-session": "Disabled" } as const;
  assert.deepEqual(options({ scalars }), ["--unshare-uts", "--hostname", ""]);
});

Deno.test("namespaces are made, shared or left to be joined", () => {
  const namespaces = (sharing: ConfigFixture["sharing"]) =>
    bwrapLaunch(merged(sharing === undefined ? {} : { sharing }), { arguments: [], facts: FACTS }).options.join(" ");
  const all = NEW.join(" ");
  assert.equal(namespaces({}), all);
  const each = <T>(value: T) => ({ user: value, cgroup: value, ipc: value, pid: value, net: value });
  assert.equal(namespaces(each("disabled" as const)), all);
  assert.equal(namespaces(each("enabled" as const)), "--share-net");
  assert.equal(namespaces(each({ join: "/proc/1/ns/x" })), "");
});

Deno.test("beside a time namespace of the node's the user namespace is not bubblewrap's", () => {
  const others = NEW.slice(1).join(" ");
  for (
    const [time, expected] of [["enabled", NEW.join(" ")], ["disabled", others], [{ join: "/t" }, others]] as const
  ) {
    const launch = bwrapLaunch(merged({ sharing: { time } }), { arguments: [], facts: FACTS });
    assert.equal(launch.options.join(" "), expected);
  }
});
