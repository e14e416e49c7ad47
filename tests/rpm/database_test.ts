/** RPM databases of nodes, made by rpm. */
import assert from "node:assert/strict";
import { Database } from "../../src/packages/database/database.ts";
import { installedPackage } from "../../src/packages/database/installed_package.ts";
import { code, Scratch } from "../../src/store/_scratch.ts";
import { buildPackage, recordInstalled } from "./_rpm.ts";

const scratch = new Scratch();
addEventListener("unload", () => scratch[Symbol.dispose]());
const APP = buildPackage({
  name: "app",
  version: "1.2",
  release: "3",
  summary: "An app",
  requires: ["lib >= 2:1", "(a or b)"],
  files: { "/usr/bin/app": { content: "app" }, "/usr/share/app/a b": { content: "x" } },
}, scratch.path);
const LIB = buildPackage({
  name: "lib",
  version: "1",
  epoch: 2,
  arch: "x86_64",
  files: { "/usr/lib/lib.so": { content: "12345" } },
}, scratch.path);

let nodes = 0;
function newNode(): string {
  const node = `${scratch.path}/node${nodes++}`;
  Deno.mkdirSync(node);
  return node;
}

function names(node: string): string[] | undefined {
  using database = Database.ofNode(node);
  return database?.map((header) => header.text("NAME")).sort();
}

/** Files below a directory, with their contents. */
function contents(directory: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of Deno.readDirSync(directory)) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory) contents(path).forEach((text, name) => found.set(name, text));
    else found.set(path, Deno.readFileSync(path).toBase64());
  }
  return found;
}

Deno.test("the packages of a node are read with everything that rpm knows of them", () => {
  const node = newNode();
  recordInstalled(node, [APP, LIB]);
  using database = Database.ofNode(node);
  assert(database);
  assert.equal(database.path, `${node}/usr/lib/sysimage/rpm`);
  const found = database.map((header) => ({
    ...installedPackage(header),
    files: header.texts("FILENAMES"),
    requires: header.texts("REQUIRENEVRS").filter((text) => !text.startsWith("rpmlib(")),
  }));
  found.sort((a, b) => a.name < b.name ? -1 : 1);
  assert.deepEqual(found.map(({ installedAt: _, ...rest }) => rest), [
    {
      name: "app",
      evr: "1.2-3",
      arch: "noarch",
      summary: "An app",
      size: 4,
      files: ["/usr/bin/app", "/usr/share/app/a b"],
      requires: ["(a or b)", "lib >= 2:1"],
    },
    {
      name: "lib",
      evr: "2:1-1",
      arch: "x86_64",
      summary: "Test package lib",
      size: 5,
      files: ["/usr/lib/lib.so"],
      requires: [],
    },
  ]);
  assert(found.every(({ installedAt }) => installedAt > 1e9));
});

Deno.test("what librpm writes between and in the place of texts can be in them", () => {
  const node = newNode();
  // rpmbuild takes no control character but from itself.
  const summaries = ["(none)", "one%{lua:print(string.char(31))}two", "ä"];
  recordInstalled(
    node,
    summaries.map((summary, at) => buildPackage({ name: `odd${at}`, version: "1", epoch: at, summary }, scratch.path)),
  );
  using database = Database.ofNode(node);
  const found = database!.map((header) => ({ ...installedPackage(header), summary: header.text("SUMMARY") }));
  assert.equal(found.length, summaries.length);
  assert.deepEqual(database!.map(installedPackage), found);
  assert.deepEqual(found.map(({ name, evr }) => `${name} ${evr}`).sort(), [
    "odd0 1-1",
    "odd1 1:1-1",
    "odd2 2:1-1",
  ]);
});

Deno.test("a package is found by its name and by a file of it", () => {
  const node = newNode();
  recordInstalled(node, [APP, LIB]);
  using database = Database.ofNode(node);
  const find = (index: "LABEL" | "NAME" | "INSTFILENAMES", key: string) =>
    database!.map((header) => header.text("NAME"), index, key);
  assert.deepEqual(find("NAME", "lib"), ["lib"]);
  assert.deepEqual(find("LABEL", "app-1.2-3"), ["app"]);
  assert.deepEqual(find("INSTFILENAMES", "/usr/bin/app"), ["app"]);
  assert.deepEqual(find("NAME", "nothing"), []);
});

Deno.test("a node of redpak 2.5 has its database in var/lib/rpm; the one with the programs counts first", () => {
  const node = newNode();
  recordInstalled(node, [APP], "var/lib/rpm");
  assert.deepEqual(names(node), ["app"]);
  recordInstalled(node, [LIB]);
  assert.deepEqual(names(node), ["lib"]);
});

Deno.test("a node without a database has no packages, and gets no database from being read", () => {
  const node = newNode();
  Deno.mkdirSync(`${node}/usr/lib/sysimage/rpm`, { recursive: true });
  assert.equal(names(node), undefined);
  assert.deepEqual([...contents(node)], []);
});

Deno.test("reading a database changes no package, and no byte of its main file", () => {
  const node = newNode();
  recordInstalled(node, [APP]);
  const before = contents(node);
  assert.deepEqual(names(node), ["app"]);
  const after = contents(node);
  assert.deepEqual([...after.keys()].sort(), [...before.keys()].sort());
  const file = `${node}/usr/lib/sysimage/rpm/rpmdb.sqlite`;
  assert.equal(after.get(file), before.get(file));
});

Deno.test("a database can be read while another is", () => {
  const [first, second] = [newNode(), newNode()];
  recordInstalled(first, [APP]);
  recordInstalled(second, [LIB]);
  using one = Database.ofNode(first);
  using other = Database.ofNode(second);
  const found = one!.map((
    header,
  ) => [header.text("NAME"), ...other!.map((inner) => inner.text("NAME")), header.text("VERSION")]);
  assert.deepEqual(found, [["app", "lib", "1.2"]]);
});

Deno.test("the key of a database changes with what is installed, and only then", () => {
  const node = newNode();
  const cookie = () => {
    using database = Database.ofNode(node);
    return database?.cookie();
  };
  recordInstalled(node, [APP]);
  const before = cookie();
  assert.equal(typeof before, "string");
  assert.equal(cookie(), before);
  recordInstalled(node, [LIB]);
  assert.notEqual(cookie(), before);
});

Deno.test("a database that this librpm cannot read is refused, not read as empty, and none is made beside it", async () => {
  const node = newNode();
  // Debian's librpm knows no ndb; where it does, this is no database of that kind.
  Deno.mkdirSync(`${node}/var/lib/rpm`, { recursive: true });
  Deno.writeTextFileSync(`${node}/var/lib/rpm/Packages.db`, "no database");
  assert.equal(await code(() => names(node)), "E_DATABASE");
  assert.deepEqual([...contents(node).keys()], [`${node}/var/lib/rpm/Packages.db`]);
});

Deno.test("a broken database is an error, not an empty one", async () => {
  for (const broken of ["no database", "", "SQLite format 3\0"]) {
    const node = newNode();
    Deno.mkdirSync(`${node}/var/lib/rpm`, { recursive: true });
    Deno.writeTextFileSync(`${node}/var/lib/rpm/rpmdb.sqlite`, broken);
    assert.equal(await code(() => names(node)), "E_DATABASE", JSON.stringify(broken));
  }
});

Deno.test("a package whose record is damaged is an error, not a package less", async () => {
  const node = newNode();
  recordInstalled(node, [APP, LIB]);
  const file = `${node}/usr/lib/sysimage/rpm/rpmdb.sqlite`;
  const log = `${file}-wal`;
  for (const path of [file, log]) {
    const bytes = Deno.readFileSync(path);
    // The text is only in the record of the package, not in an index.
    const text = new TextEncoder().encode("Test package lib");
    for (let at = 0; at < bytes.length; at++) {
      if (text.every((byte, offset) => bytes[at + offset] === byte)) bytes[at] = 0x21;
    }
    Deno.writeFileSync(path, bytes);
  }
  assert.equal(await code(() => names(node)), "E_DATABASE");
});

Deno.test("no symbolic link leads to another database", async () => {
  const other = newNode();
  recordInstalled(other, [APP]);
  const directory = `${other}/usr/lib/sysimage/rpm`;
  for (const place of ["usr", "usr/lib/sysimage", "usr/lib/sysimage/rpm", "var/lib/rpm"]) {
    const node = newNode();
    Deno.mkdirSync(`${node}/${place}`.replace(/\/[^/]*$/, ""), { recursive: true });
    Deno.symlinkSync(place === "usr" ? `${other}/usr` : directory, `${node}/${place}`);
    assert.equal(await code(() => names(node)), "E_DATABASE_UNSAFE", place);
  }
  const node = newNode();
  Deno.mkdirSync(`${node}/var/lib/rpm`, { recursive: true });
  Deno.symlinkSync(`${directory}/rpmdb.sqlite`, `${node}/var/lib/rpm/rpmdb.sqlite`);
  assert.equal(await code(() => names(node)), "E_DATABASE_UNSAFE");
});

Deno.test("of two databases of different kinds in one directory, none is chosen", async () => {
  const node = newNode();
  recordInstalled(node, [APP]);
  Deno.writeTextFileSync(`${node}/usr/lib/sysimage/rpm/Packages`, "");
  assert.equal(await code(() => names(node)), "E_DATABASE_UNSAFE");
});

Deno.test("the host's database is read where its directory is a link, as on some systems", () => {
  const host = newNode();
  recordInstalled(host, [LIB]);
  Deno.mkdirSync(`${host}/var/lib`, { recursive: true });
  Deno.symlinkSync("../../usr/lib/sysimage/rpm", `${host}/var/lib/rpm`);
  Deno.renameSync(`${host}/usr/lib/sysimage/rpm`, `${host}/usr/rpm`);
  Deno.symlinkSync("/usr/rpm", `${host}/usr/lib/sysimage/rpm`);
  using database = Database.ofHost(host);
  assert.deepEqual(database!.map((header) => header.text("NAME")), ["lib"]);
  assert.equal(Database.ofHost(newNode()), undefined);
});
