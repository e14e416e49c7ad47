/** Each argument of a dumped bubblewrap command, and what it comes to in a node. */

import assert from "node:assert/strict";
import { isWithin } from "../../src/core/path.ts";
import { type Mount, parseMountInfo } from "../../src/host/mount_info.ts";
import { CAPABILITIES } from "../../src/plan/operation.ts";
import { DELIBERATE, type Expectation } from "./_expectation.ts";
import { exec } from "./_node.ts";
import type { Sandbox } from "./_sandbox.ts";

interface Argument {
  readonly option: string;
  readonly operands: readonly string[];
}

interface Row {
  readonly operands: number;
  /** Checks what can be checked by itself and adds what cannot to the expectation. */
  readonly check: (sandbox: Sandbox, expected: Expectation, operands: readonly string[]) => void;
}

/** INVARIANT: every argument that a dump can have is here; one that is not fails. */
export const ARGUMENTS: Readonly<Record<string, Row>> = {
  "--bind": { operands: 2, check: binds("rw") },
  "--bind-try": { operands: 2, check: binds("rw") },
  "--ro-bind": { operands: 2, check: binds("ro") },
  "--ro-bind-try": { operands: 2, check: binds("ro") },
  "--symlink": {
    operands: 2,
    check: (sandbox, _, [target, place]) => assert.equal(Deno.readLinkSync(sandbox.path(place!)), target),
  },
  "--file": {
    operands: 2,
    check(sandbox, { facts }, [, place]) {
      const content = facts.get("content", place!);
      assert(content !== undefined, `the case has no fact "content ${place}"`);
      assert.equal(Deno.readTextFileSync(sandbox.path(place!)), content);
      const { isFile, mode } = Deno.lstatSync(sandbox.path(place!));
      assert(isFile, `${place} is a file`);
      assert.equal(octal(mode), "0666", place);
      assert.equal(mountOf(sandbox.mounts(), place!).type, "tmpfs", place);
    },
  },
  "--dir": {
    operands: 1,
    check(sandbox, _, [place]) {
      const { isDirectory, mode } = Deno.lstatSync(sandbox.path(place!));
      assert(isDirectory, `${place} is a directory`);
      assert.equal(octal(mode), "0755", place);
    },
  },
  "--tmpfs": {
    operands: 1,
    check(sandbox, { mounts, tmpfs }, [place]) {
      mounts.set(place!, tmpfs);
      assert.equal(octal(Deno.statSync(sandbox.path(place!)).mode), "0755", place);
    },
  },
  "--dev": { operands: 1, check: (sandbox, expected, [place]) => checkDevices(sandbox, expected, place!) },
  "--proc": { operands: 1, check: (sandbox, expected, [place]) => checkProc(sandbox, expected, place!) },
  "--mqueue": {
    operands: 1,
    check(sandbox, { mounts }, [place]) {
      mounts.set(place!, { type: "mqueue", options: DELIBERATE.messageQueues });
      const own = sandbox.namespace("ipc") !== Deno.readLinkSync("/proc/self/ns/ipc");
      assert.equal(Deno.statSync(sandbox.path(place!)).dev !== hostQueues(), own, `${place} is the node's own`);
    },
  },
  "--lock-file": {
    operands: 1,
    check: (sandbox, { locks }, [place]) => void locks.push(lockIdentity(sandbox.path(place!))),
  },
  "--setenv": {
    operands: 2,
    check: (_, { environment, facts }, [name, value]) =>
      void environment.set(name!, facts.get("environ", name!) ?? value!),
  },
  "--unsetenv": { operands: 1, check: (_, { environment }, [name]) => void environment.delete(name!) },
  "--cap-add": {
    operands: 1,
    check: (_, { capabilities }, [name]) => named(name!).forEach((each) => capabilities.add(each)),
  },
  "--cap-drop": {
    operands: 1,
    check: (_, { capabilities }, [name]) => named(name!).forEach((each) => capabilities.delete(each)),
  },
  "--hostname": {
    operands: 1,
    check(sandbox, { facts }, [name]) {
      const { stdout } = exec("nsenter", ["--uts", "-t", `${sandbox.program}`, "uname", "-n"]);
      assert.equal(stdout, `${facts.get("hostname") ?? name}\n`);
    },
  },
  "--chdir": { operands: 1, check: (_, expected, [place]) => void (expected.directory = place!) },
  // That it dies is seen at the end; golden_test.ts.
  "--die-with-parent": { operands: 0, check: () => {} },
  "--new-session": { operands: 0, check: (_, expected) => void (expected.session = "new") },
  "--share-net": { operands: 0, check: (_, { namespaces }) => void namespaces.set("net", "shared") },
  ...Object.fromEntries(
    (["user", "cgroup", "ipc", "pid", "net", "uts"] as const).map((name): [string, Row] => [
      `--unshare-${name}`,
      { operands: 0, check: (_, { namespaces }) => void namespaces.set(name, "new") },
    ]),
  ),
};

/** The options of a dump: each begins a line, and nothing is quoted. */
export function readArguments(dump: string): Argument[] {
  const options: { option: string; text: string }[] = [];
  for (const line of dump.slice(0, -1).split("\n")) {
    const [, option, text = ""] = /^ {2}(--[a-z-]+)(?: ([^]*))?$/.exec(line) ?? [];
    const last = options.at(-1);
    if (option !== undefined) options.push({ option, text });
    // An operand that begins with "-" begins a line as well; one that contains a newline goes on in the next.
    else if (last !== undefined) last.text += line.startsWith("  -") ? line.slice(1) : `\n${line}`;
  }
  return options.map(({ option, text }) => {
    const row = ARGUMENTS[option];
    assert(row !== undefined, `no observation is known for ${option}`);
    return { option, operands: splitOperands(option, text, row.operands) };
  });
}

/** No destination and no name has a space in it; sources, link texts and values may. */
function splitOperands(option: string, text: string, count: number): string[] {
  if (count < 2) return count === 0 ? [] : [text];
  const space = option === "--setenv" ? text.indexOf(" ") : text.lastIndexOf(" ");
  return [text.slice(0, space), text.slice(space + 1)];
}

function binds(access: "rw" | "ro"): Row["check"] {
  return (sandbox, { mounts }, [source, place]) => {
    const seen = Deno.statSync(sandbox.path(place!));
    const { dev, ino } = Deno.statSync(source!);
    assert.deepEqual([seen.dev, seen.ino], [dev, ino], `${place} is ${source}`);
    const host = parseMountInfo(Deno.readTextFileSync("/proc/self/mountinfo"));
    const expect = (at: string, mount: Mount) => {
      // What the host does not allow stays forbidden.
      const own = mount.options.has("ro") ? "ro" : access;
      mounts.set(at, { options: [own, "nosuid", "nodev", ...mount.options.has("noexec") ? ["noexec"] : []] });
    };
    expect(place!, mountOf(host, source!));
    for (const mount of host) {
      if (mount.mountPoint.startsWith(`${source}/`)) expect(place! + mount.mountPoint.slice(source!.length), mount);
    }
  };
}

const DEVICES: Readonly<Record<string, readonly [major: number, minor: number]>> = {
  null: [1, 3],
  zero: [1, 5],
  full: [1, 7],
  random: [1, 8],
  urandom: [1, 9],
  tty: [5, 0],
};

const DEVICE_LINKS: Readonly<Record<string, string>> = {
  stdin: "/proc/self/fd/0",
  stdout: "/proc/self/fd/1",
  stderr: "/proc/self/fd/2",
  fd: "/proc/self/fd",
  core: "/proc/kcore",
  ptmx: "pts/ptmx",
};

function checkDevices(sandbox: Sandbox, { mounts, tmpfs }: Expectation, place: string): void {
  for (const path of [place, `${place}/shm`]) mounts.set(path, tmpfs);
  mounts.set(`${place}/pts`, { type: "devpts", options: ["rw", "nosuid", "noexec"] });
  const names = [...Deno.readDirSync(sandbox.path(place))].map(({ name }) => name).sort();
  assert.deepEqual(names, [...Object.keys(DEVICES), ...Object.keys(DEVICE_LINKS), "pts", "shm"].sort(), place);
  for (const [name, [major, minor]] of Object.entries(DEVICES)) {
    mounts.set(`${place}/${name}`, { options: DELIBERATE.devices });
    const { isCharDevice, rdev } = Deno.statSync(sandbox.path(`${place}/${name}`));
    assert.deepEqual([isCharDevice, rdev], [true, major * 256 + minor], name);
  }
  for (const [name, target] of Object.entries(DEVICE_LINKS)) {
    assert.equal(Deno.readLinkSync(sandbox.path(`${place}/${name}`)), target);
  }
  assert.equal(octal(Deno.statSync(sandbox.path(`${place}/shm`)).mode), DELIBERATE.sharedMemory);
  assert.equal(octal(Deno.statSync(sandbox.path(`${place}/pts/ptmx`)).mode), "0666");
}

function checkProc(sandbox: Sandbox, { mounts }: Expectation, place: string): void {
  const options = ["nosuid", "nodev", "noexec"];
  mounts.set(place, { type: "proc", options: ["rw", ...options] });
  for (const name of DELIBERATE.protected) {
    mounts.set(`${place}/${name}`, { type: "proc", options: ["ro", ...options], optional: name !== "sys" });
  }
  for (const name of DELIBERATE.masked) {
    mounts.set(`${place}/${name}`, { options: ["ro", ...options], optional: true });
  }
  // The innermost pid namespace of the program is the one that this procfs shows.
  const pid = sandbox.status("NSpid").split(" ").at(-1);
  assert.equal(Deno.readTextFileSync(sandbox.path(`${place}/${pid}/comm`)), "probe\n");
}

/** The device of the host's message queues: each ipc namespace has one. */
function hostQueues(): number {
  const { stdout } = exec("unshare", ["--mount", "sh", "-c", "mount -t mqueue mqueue /mnt && stat -c %d /mnt"]);
  return Number(stdout);
}

/** The mount that a path lies in: of those around it the longest, of several at one place the last. */
function mountOf(mounts: readonly Mount[], path: string): Mount {
  const around = mounts.filter(({ mountPoint }) => isWithin(path, mountPoint));
  const found = around.reduce((best, mount) => mount.mountPoint.length >= best.mountPoint.length ? mount : best);
  return found;
}

export function octal(mode: number | null): string {
  return ((mode ?? 0) & 0o7777).toString(8).padStart(4, "0");
}

function named(name: string): readonly string[] {
  return name === "ALL" ? CAPABILITIES : [name];
}

function lockIdentity(path: string): string {
  const { dev, ino } = Deno.statSync(path);
  const two = (number: number) => number.toString(16).padStart(2, "0");
  return `POSIX READ ${two(dev >> 8 & 0xfff)}:${two((dev & 0xff) | (dev >> 12 & 0xfff00))}:${ino}`;
}
