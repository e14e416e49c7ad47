/** Packages that somebody has made to do harm: each is refused for what it is, nothing is written, nothing is left. */
import assert from "node:assert/strict";
import { RedpakError } from "../../src/core/error.ts";
import { describeTree, withNode } from "../../src/packages/generation/_scene.ts";
import { undo } from "../../src/packages/generation/undo.ts";
import { partsOf, type RawFile, type RawPackage, rawPackage } from "./_raw_package.ts";
import { apply, type Built, HOST, install, packages, PackageScene } from "./_transaction.ts";

const scene = new PackageScene();
addEventListener("unload", () => scene[Symbol.dispose]());

/** A node of its own for each, in a directory with something that others own. */
let nodes = 0;
function newNode(): string {
  const node = scene.node(`family${++nodes}/node`, { "var/lib/data/mine": "precious", "usr/share/there": "there" });
  Deno.writeTextFileSync(`${scene.path}/family${nodes}/victim`, "untouched");
  return node;
}

/** Everything around a node and in it, redpak's own state included but for the times of its directories. */
const surroundings = (node: string) =>
  describeTree(node.slice(0, node.lastIndexOf("/")), ["node/.redpak/generations"])
    .filter((line) => !line.startsWith("node/.redpak "));

function put(bytes: Uint8Array, name = "raw"): Built {
  const file = `${scene.path}/${name}.rpm`;
  Deno.writeFileSync(file, bytes);
  return { name, evr: "1-1", arch: "noarch", file };
}

const raw = async (wanted: RawPackage) => put(await rawPackage(wanted), wanted.name);

async function refused(what: string, one: readonly Built[], code: string, message: RegExp): Promise<void> {
  const node = newNode();
  const before = surroundings(node);
  await assert.rejects(apply(node, one.map((it) => install(it))), (error) => {
    assert(error instanceof RedpakError, `${what}: ${error}`);
    assert.equal(error.code, code, `${what}: ${error.message}`);
    assert.match(error.message, message, what);
    return true;
  });
  assert.deepEqual(surroundings(node), before, what);
  assert.deepEqual(packages(node), [], what);
}

const file = (directory: string, name: string, more: Partial<RawFile> = {}): RawFile => ({ directory, name, ...more });

Deno.test("what the writer of these tests makes is installed, where nothing is wrong with it", async () => {
  const node = newNode();
  await apply(node, [install(await raw({ files: [file("/usr/share/", "good", { content: "good" })] }))]);
  assert.equal(Deno.readTextFileSync(`${node}/usr/share/good`), "good");
});

const PATHS: Readonly<Record<string, RawFile>> = {
  "a path with ..": file("/usr/../../", "evil"),
  "a directory that ends above": file("/usr/share/../../../", "evil"),
  "a name that is ..": file("/usr/", ".."),
  "a name that is empty": file("/usr/share/", ""),
  "a name with a slash": file("/usr/share/", "../../../evil"),
  "a path with .": file("/usr/./", "evil"),
  "a path with //": file("/usr//", "evil"),
  "a path that is not absolute": file("usr/", "evil"),
  "no directory at all": file("", "evil"),
  "a name with a line break": file("/usr/share/", "evil\n/etc/passwd"),
  "a name that acts on a terminal": file("/usr/share/", "\x1b]0;evil\x07"),
  "a name that is too long": file("/usr/share/", "x".repeat(256)),
  "a path that is too long": file(`/usr/${"directory/".repeat(410)}`, "x"),
  "a link that leads out": file("/usr/share/", "evil", { link: "../../../victim" }),
  "a link that leads far out": file("/", "evil", { link: "../../../../../../etc/shadow" }),
  "a link to nothing": file("/usr/share/", "evil", { link: "" }),
};

Deno.test("paths that are not what they seem to be [H01]", async (context) => {
  for (const [what, one] of Object.entries(PATHS)) {
    await context.step(what, async () => {
      await refused(what, [await raw({ files: [one] })], "E_PACKAGE_PATH", /its path ".*/);
    });
  }
});

const PROTECTED: Readonly<Record<string, RawFile>> = {
  "the node's status": file("/", ".rednode.yaml"),
  "the node's configuration": file("/etc/", "redpak.yaml"),
  "the node's admin configuration": file("/etc/", "redpak-admin.yaml"),
  "redpak's own state": file("/.redpak/", "commit.json"),
  "a node inside": file("/sub/", ".rednode.yaml"),
  "a node among the programs": file("/usr/share/sub/", ".rednode.yaml"),
  "the name of the transaction": file("/usr/", ".redpak-generation"),
  "programs that are elsewhere": file("/", "usr", { link: "var" }),
  "a configuration that is elsewhere": file("/", "etc", { link: "var" }),
};

Deno.test("what decides about the node", async (context) => {
  for (const [what, one] of Object.entries(PROTECTED)) {
    await context.step(what, async () => {
      await refused(what, [await raw({ files: [one] })], "E_PROTECTED", /decides about the node|has to be a directory/);
    });
  }
});

const PRIVILEGED: Readonly<Record<string, RawFile>> = {
  "a program that is its owner": file("/usr/bin/", "su", { mode: 0o104755 }),
  "a program that is its group": file("/usr/bin/", "wall", { mode: 0o102755 }),
  "a character device": file("/usr/", "null", { mode: 0o020666 }),
  "a block device": file("/usr/", "disk", { mode: 0o060600 }),
  "a FIFO": file("/usr/", "pipe", { mode: 0o010600 }),
  "a socket": file("/usr/", "socket", { mode: 0o140600 }),
  "a file that everybody can change": file("/usr/", "all", { mode: 0o100666 }),
  "a directory that everybody can change": file("/usr/", "all", { mode: 0o040777 }),
};

Deno.test("privileges that nobody has allowed [H03]", async (context) => {
  for (const [what, one] of Object.entries(PRIVILEGED)) {
    await context.step(what, async () => {
      await refused(what, [await raw({ files: [one] })], "E_PACKAGE_PRIVILEGE", /./);
    });
  }
});

Deno.test("a payload that is not what the header says [H07]", async (context) => {
  const cases: Readonly<Record<string, readonly RawFile[]>> = {
    "another path": [file("/usr/share/", "a", { content: "a", payloadName: "./../../victim" })],
    "an absolute path": [file("/usr/share/", "a", { content: "a", payloadName: "/etc/victim" })],
    "a file that is missing": [file("/usr/share/", "a"), file("/usr/share/", "b", { isMissing: true, content: "b" })],
    "more than the size": [file("/usr/share/", "a", { content: "a".repeat(100), size: 1 })],
    "less than the size": [file("/usr/share/", "a", { content: "a", size: 4096 })],
  };
  for (const [what, files] of Object.entries(cases)) {
    await context.step(what, async () => refused(what, [await raw({ files })], "E_TRANSACTION", /./));
  }
});

Deno.test("a size that no disk has [H07, H11]", async () => {
  for (const size of [2 ** 45, 2 ** 52, 2 ** 62]) {
    const one = await raw({ files: [file("/usr/share/", "a", { content: "a", size })] });
    await refused(`${size}`, [one], "E_NO_SPACE", /it takes \d+ MiB, and \d+ MiB are free/);
  }
});

Deno.test("a link of one package, and a file of another one behind it, lead to nothing but the node's own files [H02]", async () => {
  const victim = `${scene.path}/victim-directory`;
  Deno.mkdirSync(victim);
  for (
    const [link, outcome] of [[victim, "E_TRANSACTION"], ["../../.redpak", "E_PROTECTED"], [
      "/var/lib/data",
      "ok",
    ]] as const
  ) {
    const node = newNode();
    const before = surroundings(node);
    const first = await raw({ name: "first", files: [file("/usr/share/", "l", { link })] });
    const second = await raw({ name: "second", files: [file("/usr/share/l/", "mine", { content: "evil" })] });
    const attempt = async () => {
      try {
        await apply(node, [install(second)]);
        return "ok";
      } catch (error) {
        assert(error instanceof RedpakError, `${link}: ${error}`);
        return error.code;
      }
    };
    await assert.rejects(apply(node, [install(first), install(second)]), { code: "E_TRANSACTION" }, link);
    await apply(node, [install(first)]);
    assert.equal(await attempt(), outcome, link);
    if (outcome === "ok") await withNode(node, (content) => undo(content));
    await withNode(node, (content) => undo(content));
    const isOfNode = (line: string) => !/^node\/(?:usr|var)(?:\/lib)? /.test(line);
    assert.deepEqual(surroundings(node).filter(isOfNode), before.filter(isOfNode), link);
    assert.deepEqual([...Deno.readDirSync(victim)], [], link);
  }
});

Deno.test("headers of sizes that they have not [H06]", async (context) => {
  const good = await rawPackage({ files: [file("/usr/share/", "a", { content: "a" })] });
  const { signature, header } = partsOf(good);
  const sizes = [0, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1000_0000, 64 * 1024 * 1024];
  for (const [where, start] of Object.entries({ signature, header })) {
    for (const [field, offset] of [["entries", 8], ["bytes", 12]] as const) {
      for (const size of sizes) {
        await context.step(`${where}: ${size} ${field}`, async () => {
          const bytes = good.slice();
          new DataView(bytes.buffer).setUint32(start + offset, size);
          await refused(`${where} ${field} ${size}`, [put(bytes)], "E_PACKAGE_FILE", /./);
        });
      }
    }
  }
});

Deno.test("lists that do not fit together [H06]", async () => {
  const files = [file("/usr/share/", "a"), file("/usr/share/", "b")];
  for (
    const [what, tags] of Object.entries(
      {
        "fewer modes": { 1030: ["int16", [0o100644]] },
        "more owners": { 1039: ["strings", ["root", "root", "root"]] },
        "no sizes": { 1028: undefined },
        "a directory that is not there": { 1116: ["int32", [0, 7]] },
        "a directory before the first one": { 1116: ["int32", [0, 0xffff_ffff]] },
        "digests that are none": { 1035: ["strings", ["x", "y"]] },
      } as const,
    )
  ) {
    const node = newNode();
    const before = surroundings(node);
    await assert.rejects(
      apply(node, [install(await raw({ files, tags: tags as NonNullable<RawPackage["tags"]> }))]),
      RedpakError,
      what,
    );
    assert.deepEqual(surroundings(node), before, what);
  }
});

Deno.test("what is no package", async () => {
  const good = await rawPackage({ files: [file("/usr/share/", "a", { content: "a".repeat(1000) })] });
  const { header, payload } = partsOf(good);
  const cases: Readonly<Record<string, Uint8Array>> = {
    "nothing": new Uint8Array(),
    "text": new TextEncoder().encode("#!/bin/sh\n"),
    "half a lead": good.subarray(0, 50),
    "a lead alone": good.subarray(0, 96),
    "half a signature header": good.subarray(0, 120),
    "half a header": good.subarray(0, header + 100),
  };
  for (const [what, bytes] of Object.entries(cases)) await refused(what, [put(bytes)], "E_PACKAGE_FILE", /./);
  await refused("no payload", [put(good.subarray(0, payload))], "E_PACKAGE_SIGNATURE", /./);
  await refused("half a payload", [put(good.subarray(0, payload + 20))], "E_PACKAGE_SIGNATURE", /./);
  const link = `${scene.path}/link.rpm`;
  Deno.symlinkSync(put(good).file, link);
  await refused(
    "a link",
    [{ name: "raw", evr: "1-1", arch: "noarch", file: link }],
    "E_PACKAGE_FILE",
    /no regular file/,
  );
});

Deno.test("a package that is exchanged while it is installed is the one that was judged [H10]", async () => {
  const node = newNode();
  const one = await raw({ files: [file("/usr/share/", "a", { content: "judged" })] });
  const other = await rawPackage({ files: [file("/usr/share/", "a", { content: "others" })] });
  await apply(node, [install(one)], {}, {
    ...HOST,
    runWorker(job, onLine) {
      // In place, and by another file of that name.
      Deno.writeFileSync(one.file, other);
      Deno.writeFileSync(`${one.file}.new`, other);
      Deno.renameSync(`${one.file}.new`, one.file);
      return HOST.runWorker(job, onLine);
    },
  });
  assert.equal(Deno.readTextFileSync(`${node}/usr/share/a`), "judged");
});

/** How many bits are turned over. */
const FLIPS = Number(Deno.env.get("REDPAK_FUZZ") ?? 60);

Deno.test(`${FLIPS} packages with one bit turned over are refused, or are what they were`, async () => {
  const good = await rawPackage({
    files: [file("/usr/share/", "a", { content: "content of a" }), file("/usr/share/", "b", { link: "a" })],
  });
  const { signature, payload } = partsOf(good);
  const installed = (node: string) => describeTree(`${node}/usr/share`, ["there"]);
  const expected = await (async () => {
    const node = newNode();
    await apply(node, [install(put(good))]);
    return installed(node);
  })();
  const outcomes = { refused: 0, same: 0 };
  for (let flip = 0; flip < FLIPS; flip++) {
    // Evenly over everything that means something; most of the payload looks the same to librpm.
    const bit = Math.floor((flip + 0.5) / FLIPS * (good.length - signature) * 8) + signature * 8 + flip % 8;
    const bytes = good.slice();
    const at = Math.min(Math.floor(bit / 8), good.length - 1);
    bytes[at]! ^= 1 << (bit % 8);
    const node = newNode();
    const before = surroundings(node);
    try {
      await apply(node, [install(put(bytes))]);
      outcomes.same++;
      assert.deepEqual(installed(node), expected, `bit ${bit}`);
    } catch (error) {
      assert(error instanceof RedpakError, `bit ${bit}: ${error}`);
      assert.notEqual(error.code, "E_WORKER", `bit ${bit}: ${error.message}`);
      outcomes.refused++;
      assert.deepEqual(surroundings(node), before, `bit ${bit}`);
    }
  }
  console.log(`${outcomes.refused} refused, ${outcomes.same} installed as they were; payload from byte ${payload}`);
  assert(outcomes.refused > FLIPS / 2);
});
