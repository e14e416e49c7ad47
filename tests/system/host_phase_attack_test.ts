/** Attacks of the catalogue on the host phase, by their ids, on every kind of kernel. */
import assert from "node:assert/strict";
import type { Operation } from "../../src/plan/operation.ts";
import { bind, command, ensure, own, roomy, testOnKernels } from "./_host_phase.ts";
import { swapping } from "./_swapping.ts";

testOnKernels("read-only means all submounts (A10), whatever their own options are", async (scratch, missing) => {
  const source = await scratch.mountTmpfs("source");
  await scratch.mountTmpfs("source/sub dir");
  const deep = await scratch.mountTmpfs("source/sub dir/deep");
  await command("mount", "-o", "remount,bind,noexec,noatime", deep);
  const outcome = await scratch.launch([bind(source, "/data", "ro", "nosuid", "nodev")], { missing });
  assert.equal(outcome.code, 0, outcome.trace);
  for (const path of ["/data", "/data/sub dir", "/data/sub dir/deep"]) {
    const options = outcome.mounts.get(path)?.options;
    assert(options?.has("ro") && options.has("nosuid") && options.has("nodev"), `${path} is ${[...options ?? []]}`);
  }
  const kept = outcome.mounts.get("/data/sub dir/deep")?.options;
  assert(kept?.has("noexec") && kept.has("noatime"), `${[...kept ?? []]}`);
});

testOnKernels("no mount is a peer or a slave of one of the host (A14, A15)", async (scratch, missing) => {
  const source = await scratch.mountTmpfs("source");
  await command("mount", "--make-shared", source);
  const outcome = await scratch.launch([bind(source, "/data")], { missing });
  assert.equal(outcome.code, 0, outcome.trace);
  assert.equal(outcome.mounts.size, 2);
  const propagated = outcome.lines.filter((line) =>
    line.startsWith("mount\t") && /\b(shared|master):/.test(line.split(" - ")[0] ?? "")
  );
  assert.deepEqual(propagated, []);
});

// A01: five operations, each through a link that a program of the node left in its writable directory.
const through = (destination: string): Record<string, Operation> => ({
  bind: bind("/usr/share", destination),
  tmpfs: { operation: "tmpfs", destination, mode: 0o755, options: [], ...roomy, ...own },
  directory: { operation: "directory", destination, mode: 0o755, ...own },
  symlink: { operation: "symlink", phase: "host", target: "x", destination },
  file: { operation: "file", content: { text: "x" }, destination, mode: 0o666, ...own },
  devpts: { operation: "devpts", phase: "host", destination },
});
for (const name of Object.keys(through("/"))) {
  testOnKernels(`a link in a writable export does not lead a ${name} astray (A01)`, async (scratch, missing) => {
    const victim = scratch.directory("victim");
    for (
      const target of [victim, `../../../..${victim}`, `/proc/self/root${victim}`, `/proc/1/root${victim}`, "/", ".."]
    ) {
      const data = scratch.directory("data", 1000);
      Deno.symlinkSync(target, `${data}/evil`);
      await Promise.all(["/a/evil/x", "/a/evil/x/y", "/a/evil"].map(async (destination) => {
        const outcome = await scratch.launch([bind(data, "/a"), through(destination)[name] as Operation], {
          missing,
        });
        assert.equal(outcome.code, 125, `${destination} → ${target}`);
        // A link or file that is to be made at the link's own place finds it taken.
        const taken = destination === "/a/evil" && ["symlink", "file"].includes(name);
        assert.equal(outcome.error?.code, taken ? "E_LAUNCH" : "E_DESTINATION_SYMLINK");
        assert(!outcome.lines.some((line) => line.startsWith("arguments")), "the stage was started");
      }));
      Deno.removeSync(data, { recursive: true });
    }
    assert.deepEqual([...Deno.readDirSync(victim)], []);
  });
}

testOnKernels(
  "directories that cannot be read or entered by others are no obstacle (A30)",
  async (scratch, missing) => {
    const data = scratch.directory("data");
    Deno.mkdirSync(`${data}/closed/inner`, { recursive: true });
    Deno.chmodSync(`${data}/closed`, 0o711);
    Deno.chmodSync(data, 0o000);
    const outcome = await scratch.launch([bind(data, "/a"), bind("/usr/share", "/a/closed/inner/new")], { missing });
    assert.equal(outcome.code, 0, outcome.trace);
    assert(outcome.mounts.has("/a/closed/inner/new"));
  },
);

testOnKernels(
  "nothing is made or chowned through a link that others could have put there (A26)",
  async (scratch, missing) => {
    const victim = scratch.directory("victim");
    const byOther = scratch.directory("other", 1000);
    Deno.symlinkSync(victim, `${byOther}/link`);
    await command("chown", "-h", "1000", `${byOther}/link`);
    const rootsInOther = scratch.directory("shared", 1000);
    Deno.symlinkSync(victim, `${rootsInOther}/link`);
    const open = scratch.directory("open");
    Deno.chmodSync(open, 0o1777);
    Deno.symlinkSync(victim, `${open}/link`);
    for (const directory of [byOther, rootsInOther, open]) {
      const outcome = await scratch.launch([ensure(`${directory}/link/new`)], { missing });
      assert.equal(outcome.code, 125);
      assert.equal(outcome.error?.code, "E_SOURCE_SYMLINK");
    }
    assert.deepEqual([...Deno.readDirSync(victim)], []);
    assert.equal(Deno.statSync(victim).uid, 0);
    const trusted = scratch.directory("trusted");
    Deno.symlinkSync(victim, `${trusted}/link`);
    assert.equal((await scratch.launch([ensure(`${trusted}/link/new`)], { missing })).code, 0);
  },
);

testOnKernels(
  "a source behind a magic link of /proc is refused (A09), an absent one is named",
  async (scratch, missing) => {
    for (const path of ["/proc/self/root/etc", "/proc/self/cwd", "/proc/thread-self/fd/0"]) {
      const outcome = await scratch.launch([bind(path, "/a")], { missing });
      assert.equal(outcome.error?.code, "E_SOURCE_SYMLINK", path);
    }
    const outcome = await scratch.launch([bind("/absent/source", "/a")], { missing });
    assert.equal(outcome.error?.message, 'Cannot bind "/absent/source": no such file or directory (ENOENT)');
    const optional = { ...bind("/absent/source", "/a"), optional: true } as Operation;
    assert.equal((await scratch.launch([optional], { missing })).code, 0);
  },
);

testOnKernels("exchanging a directory and a link while it launches leads nowhere (A02)", async (scratch, missing) => {
  const victim = scratch.directory("victim");
  const data = scratch.directory("data", 1000);
  scratch.directory("data/entry", 1000);
  const source = scratch.directory("source");
  Deno.symlinkSync(victim, `${data}/other`);
  await using _ = await swapping([`${data}/entry`, `${data}/other`]);
  for (let round = 0; round < 5; round++) {
    const outcome = await scratch.launch([
      bind(data, "/a"),
      ...Array.from({ length: 20 }, (_, index) => bind(source, `/a/entry/x${index}`)),
    ], { missing });
    assert([0, 125].includes(outcome.code), JSON.stringify([outcome.code, outcome.error, outcome.trace]));
  }
  assert.deepEqual([...Deno.readDirSync(victim)], []);
});
