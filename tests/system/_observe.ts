/** Whether a node is what was dumped for it: every argument is seen, and nothing else is. */

import assert from "node:assert/strict";
import { IDS_PER_NODE, isIdBase } from "../../src/config/id_range.ts";
import { CAPABILITIES } from "../../src/plan/operation.ts";
import { ARGUMENTS, octal, readArguments } from "./_dump_arguments.ts";
import { DELIBERATE, Expectation, Facts, type Launcher } from "./_expectation.ts";
import type { Fact } from "./_golden_case.ts";
import { exists } from "./_node.ts";
import { type Sandbox, sessionOf } from "./_sandbox.ts";

/**
 * Compares a running node with what was dumped for it, in both directions.
 *
 * @param facts what no argument says: ids, joined namespaces, outputs of commands
 */
export function observe(sandbox: Sandbox, dump: string, facts: readonly Fact[], launcher: Launcher): void {
  const expected = new Expectation(new Facts(facts), launcher);
  for (const { option, operands } of readArguments(dump)) ARGUMENTS[option]?.check(sandbox, expected, operands);
  compareDirectory(sandbox, expected, launcher);
  compareNamespaces(sandbox, expected);
  const base = baseOf(sandbox, expected, launcher);
  compareIdentity(sandbox, expected, base);
  comparePlaces(sandbox, expected.facts, base);
  expected.facts.refuseUnused();
  compareMounts(sandbox, expected);
  assert.deepEqual(sandbox.environment(), expected.environment, "environment");
  for (const set of ["CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb"]) {
    assert.deepEqual(capabilitiesOf(sandbox.status(set)), [...expected.capabilities].sort(), set);
  }
  assert.equal(sandbox.status("NoNewPrivs"), "1");
  assert.deepEqual(sandbox.descriptors(), DELIBERATE.descriptors, "descriptors");
  assert.deepEqual(locksOf(sandbox.init), expected.locks.sort(), "locks");
}

/** Exactly the expected mounts, by place; where several are at one place, the last is seen. */
function compareMounts(sandbox: Sandbox, { mounts: expected }: Expectation): void {
  const seen = new Map(sandbox.mounts().map((mount) => [mount.mountPoint, mount]));
  for (const [place, { type, options, optional }] of expected) {
    const mount = seen.get(place);
    if (mount === undefined) {
      assert(optional, `nothing is mounted at ${place}`);
      continue;
    }
    const important = ["rw", "ro", "nosuid", "nodev", "noexec"].filter((option) => mount.options.has(option));
    assert.deepEqual(important, options, `options of ${place}`);
    if (type !== undefined) assert.equal(mount.type, type, place);
  }
  assert.deepEqual([...seen.keys()].filter((place) => !expected.has(place)), [], "mounts that nobody asked for");
}

/** Without `--chdir`: the launcher's, the home directory or the root, whichever there is; `PWD` says which. */
function compareDirectory(sandbox: Sandbox, expected: Expectation, launcher: Launcher): void {
  const { environment, directory } = expected;
  const found = directory ??
    [launcher.directory, environment.get("HOME"), "/"].find((candidate) =>
      candidate !== undefined && exists(sandbox.path(candidate))
    );
  assert.equal(sandbox.directory(), found, "directory");
  environment.set("PWD", found!);
}

/** What is neither new by an argument nor spoken of by a fact is the host's. */
function compareNamespaces(sandbox: Sandbox, { namespaces, facts, session }: Expectation): void {
  for (const name of ["user", "cgroup", "ipc", "pid", "net", "uts", "time", "mnt"] as const) {
    const expected = facts.get("namespace", name) ?? namespaces.get(name) ?? "shared";
    const [own, host] = [sandbox.namespace(name), Deno.readLinkSync(`/proc/self/ns/${name}`)];
    if (expected === "new") assert(own !== host && own !== sandbox.joined(name), `${name} namespace is new`);
    else assert.equal(own, expected === "shared" ? host : Deno.readLinkSync(expected), `${name} namespace`);
  }
  const mine = (facts.get("session") ?? session) === "new" ? sandbox.program : sessionOf(Deno.pid);
  assert.equal(sandbox.session(), mine, "session");
}

/**
 * Root, where no fact says otherwise. Ids are those outside, and where the node has ids of its own those inside: those that
 * are mapped.
 */
function compareIdentity(sandbox: Sandbox, { facts }: Expectation, base: number): void {
  const shared = sandbox.namespace("user") === Deno.readLinkSync("/proc/self/ns/user");
  for (const [field, name] of [["Uid", "uid"], ["Gid", "gid"]] as const) {
    const id = facts.get(name) ?? "0";
    const map = facts.text(`${name}_map`) ?? (shared ? "0 0 4294967295" : `${id} ${id} 1`);
    const own = base === 0 ? id : String(base + Number(map.split(" ")[0]));
    assert.equal(sandbox.status(field), [own, own, own, own].join(" "), field);
    assert.equal(sandbox.map(`${name}_map`), base === 0 ? map : `0 ${base} ${IDS_PER_NODE}`, `${name}_map`);
  }
  assert.equal(sandbox.status("Groups"), facts.text("groups") ?? "", "groups");
  assert.equal(sandbox.status("Umask"), facts.get("umask") ?? DELIBERATE.umask, "umask");
}

/** The id outside that is 0 inside; 0 where ids are the host's, or those of a namespace that is joined. */
function baseOf(sandbox: Sandbox, { namespaces, facts }: Expectation, launcher: Launcher): number {
  if (launcher.hostIds || (facts.get("namespace", "user") ?? namespaces.get("user")) !== "new") return 0;
  const base = Number(sandbox.map("uid_map").split(" ")[1]);
  assert(isIdBase(base), `${base} is the base of no node`);
  return base;
}

function comparePlaces(sandbox: Sandbox, facts: Facts, base: number): void {
  for (const [path = ""] of facts.list("absent")) assert(!exists(sandbox.path(path)), `${path} is absent`);
  for (const [path = "", mode, owner] of facts.list("mode")) compareMode(sandbox.path(path), mode, owner, base);
  for (const [path = "", mode, owner] of facts.list("host-mode")) compareMode(path, mode, owner);
  for (const [path = "", content] of facts.list("content")) {
    assert.equal(Deno.readTextFileSync(sandbox.path(path)), content, path);
  }
}

function compareMode(path: string, mode: string | undefined, owner: string | undefined, base = 0): void {
  const { mode: seen, uid, gid } = Deno.lstatSync(path);
  assert.deepEqual([octal(seen), `${(uid ?? 0) - base}:${(gid ?? 0) - base}`], [mode, owner], path);
}

/** The names of the bits of a set, by their numbers. */
function capabilitiesOf(set: string): string[] {
  const bits = BigInt(`0x${set}`);
  return CAPABILITIES.filter((_, bit) => (bits >> BigInt(bit) & 1n) === 1n).sort();
}

/** The locks of a process as `TYPE ACCESS DEVICE:INODE`, proc_locks(5). */
function locksOf(pid: number): string[] {
  const lines = Deno.readTextFileSync("/proc/locks").split("\n").map((line) => line.split(/\s+/));
  return lines.filter(([, , , , owner]) => owner === String(pid))
    .map(([, type, , access, , inode]) => `${type} ${access} ${inode}`).sort();
}
