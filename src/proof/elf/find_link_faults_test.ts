import assert from "node:assert/strict";
import { type Content, MemoryImage } from "../image/_memory_image.ts";
import { bind } from "../image/_mounts.ts";
import { NodeView } from "../image/node_view.ts";
import { elfBytes } from "./_elf.ts";
import { findLinkFaults } from "./find_link_faults.ts";
import { parseLibraryCache } from "./library_search.ts";

const LINKER = "/lib64/ld-linux-x86-64.so.2";
const NODE = "/nodes/n";

/** Faults of a node with these files, beside a linker and a libc of the host. */
function faultsOf(
  files: Readonly<Record<string, Content>>,
  { libraryPath = [] as string[], path = ["/bin"], without = "", proc = true } = {},
) {
  const host: Record<string, Content> = {
    [LINKER]: elfBytes({ soname: "ld-linux-x86-64.so.2" }),
    "/lib64/libc.so.6": elfBytes({ soname: "libc.so.6", versions: ["libc.so.6", "GLIBC_2.36"] }),
    "/bin/sh": elfBytes({ interpreter: LINKER, needed: ["libc.so.6"] }),
  };
  delete host[without];
  const own = Object.fromEntries(Object.entries(files).map(([name, content]) => [`${NODE}${name}`, content]));
  const image = new MemoryImage({ ...host, "/lib64/": "", "/bin/": "", [`${NODE}/usr/`]: "", ...own });
  const view = new NodeView(image, [
    bind("/lib64"),
    bind("/bin"),
    bind(`${NODE}/usr`, "/usr"),
    ...proc ? [bind("/proc")] : [],
  ]);
  return findLinkFaults({ image, view, own: [NODE], others: [`${NODE}/usr/child`], libraryPath, path })
    .map(({ kind, file, missing, neededBy, alone }) =>
      `${alone ? "alone " : ""}${kind} ${file} ${missing}${neededBy === undefined ? "" : ` by ${neededBy}`}`
    );
}

const program = (...needed: string[]) => elfBytes({ interpreter: LINKER, needed: ["libc.so.6", ...needed] });

Deno.test("a program that has everything has no faults", () => {
  assert.deepEqual(
    faultsOf({ "/usr/bin/a": program(), "/usr/bin/s": "#!/bin/sh\n", "/usr/bin/e": "#! /bin/env -S sh\n" }),
    [
      "interpreter /usr/bin/e /bin/env",
    ],
  );
});

Deno.test("a missing linker, interpreter or library is found, and who needs it", () => {
  assert.deepEqual(faultsOf({ "/usr/bin/a": program() }, { without: LINKER }), [`interpreter /usr/bin/a ${LINKER}`]);
  assert.deepEqual(faultsOf({ "/usr/bin/a": program("libx.so.1") }), ["library /usr/bin/a libx.so.1"]);
  const libx = elfBytes({ soname: "libx.so.1", needed: ["liby.so.1"] });
  assert.deepEqual(faultsOf({ "/usr/bin/a": program("libx.so.1"), "/usr/lib/libx.so.1": libx }), [
    "library /usr/bin/a liby.so.1 by /usr/lib/libx.so.1",
  ]);
});

Deno.test("libraries are looked for where the linker does: rpath of all loaders, LD_LIBRARY_PATH, runpath, defaults", () => {
  const library = elfBytes({ soname: "libx.so.1" });
  const at = (directory: string, file: Uint8Array, options = {}) =>
    faultsOf({ "/usr/bin/a": file, [`${directory}/libx.so.1`]: library }, options).length;
  assert.equal(at("/usr/lib", program("libx.so.1")), 0);
  assert.equal(at("/usr/opt", program("libx.so.1")), 1);
  assert.equal(at("/usr/opt", program("libx.so.1"), { libraryPath: ["/usr/opt"] }), 0);
  const needs = { interpreter: LINKER, needed: ["libx.so.1"] };
  assert.equal(at("/usr/opt", elfBytes({ ...needs, runpath: ["$ORIGIN/../opt"] })), 0);
  assert.equal(at("/usr/opt", elfBytes({ ...needs, rpath: ["${ORIGIN}/../opt"] })), 0);
  assert.equal(
    at("/usr/opt", elfBytes({ ...needs, rpath: ["$ORIGIN/../opt"] }), { proc: false }),
    1,
    "no /proc to ask",
  );
  assert.equal(
    at("/usr/opt", elfBytes({ ...needs, rpath: ["/usr/opt"], runpath: ["/usr/none"] })),
    1,
    "runpath ends rpath",
  );
  assert.equal(at("/usr/opt", elfBytes({ interpreter: LINKER, needed: ["/usr/opt/libx.so.1"] })), 0);

  const middle = (more: object) => elfBytes({ soname: "libm.so.1", needed: ["libx.so.1"], ...more });
  const chain = (start: object, more = {}) =>
    faultsOf({
      "/usr/bin/a": elfBytes({ interpreter: LINKER, needed: ["libm.so.1"], ...start }),
      "/usr/opt/libm.so.1": middle(more),
      "/usr/opt/libx.so.1": library,
    });
  assert.deepEqual(chain({ rpath: ["/usr/opt"] }), [], "a program's rpath counts for its libraries");
  assert.deepEqual(chain({ runpath: ["/usr/opt"] }), ["library /usr/bin/a libx.so.1 by /usr/opt/libm.so.1"]);
  assert.deepEqual(chain({ rpath: ["/usr/opt"] }, { runpath: ["/usr/none"] }), [
    "library /usr/bin/a libx.so.1 by /usr/opt/libm.so.1",
  ]);
});

Deno.test("a library of another machine or class is passed over", () => {
  const other = elfBytes({ soname: "libx.so.1", machine: 183 });
  const files = { "/usr/bin/a": program("libx.so.1"), "/usr/opt/libx.so.1": other };
  assert.equal(faultsOf(files, { libraryPath: ["/usr/opt"] })[0], "library /usr/bin/a libx.so.1");
  assert.deepEqual(
    faultsOf({ ...files, "/usr/lib/libx.so.1": elfBytes({ soname: "libx.so.1" }) }, { libraryPath: ["/usr/opt"] }),
    [],
  );
});

Deno.test("a version that a library does not have is found, unless it is weak or the library has none at all", () => {
  const wants = (version: string, weak = false, library = "libc.so.6") =>
    elfBytes({ interpreter: LINKER, needed: [library], wants: [{ library, version, weak }] });
  assert.deepEqual(faultsOf({ "/usr/bin/a": wants("GLIBC_2.36") }), []);
  assert.deepEqual(faultsOf({ "/usr/bin/a": wants("GLIBC_2.40") }), [
    "version /usr/bin/a GLIBC_2.40 of libc.so.6 (/lib64/libc.so.6)",
  ]);
  assert.deepEqual(faultsOf({ "/usr/bin/a": wants("GLIBC_2.40", true) }), []);
  const files = { "/usr/bin/a": wants("X_1", false, "libx.so"), "/usr/lib/libx.so": elfBytes({ soname: "libx.so" }) };
  assert.deepEqual(faultsOf(files), []);
});

Deno.test("a library that no program loads is looked at alone, and files of a node inside are its own", () => {
  const plugin = elfBytes({ soname: "p.so", needed: ["libnone.so"] });
  assert.deepEqual(faultsOf({ "/usr/bin/a": program(), "/usr/lib/p.so": plugin, "/usr/child/p.so": plugin }), [
    "alone library /usr/lib/p.so libnone.so",
  ]);
  const files = { "/usr/lib/p.so": plugin, "/usr/far/away/libnone.so": elfBytes({}) };
  assert.deepEqual(faultsOf(files), [], "the program that opens it may have loaded the other one");
});

Deno.test("scripts need their interpreter, and env its program; what nobody can execute is no script", () => {
  const script = { "/usr/bin/s": "#!/usr/bin/env perl -w\n" };
  assert.deepEqual(faultsOf(script), ["interpreter /usr/bin/s /usr/bin/env"]);
  const env = program();
  assert.deepEqual(faultsOf({ ...script, "/usr/bin/env": env }), ["interpreter /usr/bin/s perl in PATH"]);
  assert.deepEqual(
    faultsOf({ ...script, "/usr/bin/env": env, "/usr/bin/perl": env }, { path: ["/bin", "/usr/bin"] }),
    [],
  );
  assert.deepEqual(faultsOf({ "/usr/share/s": { data: "#!/none\n", mode: 0o644 } }), []);
});

Deno.test("what is damaged is named", () => {
  assert.deepEqual(faultsOf({ "/usr/bin/a": program().subarray(0, 100) }), [
    "damaged /usr/bin/a it ends before its parts do",
  ]);
});

Deno.test("ld.so.cache is read, whatever follows its end", () => {
  const text = new TextEncoder();
  const header = new Uint8Array(48);
  header.set(text.encode("glibc-ld.so.cache1.1"));
  const view = new DataView(header.buffer);
  view.setUint32(20, 1, true);
  const entry = new Uint8Array(24);
  new DataView(entry.buffer).setUint32(4, 72, true);
  new DataView(entry.buffer).setUint32(8, 80, true);
  const bytes = new Uint8Array([...header, ...entry, ...text.encode("libx.so\0/opt/libx.so\0")]);
  assert.deepEqual([...parseLibraryCache(bytes)], [["libx.so", ["/opt/libx.so"]]]);
  view.setUint32(20, 0xffff_ffff, true);
  bytes.set(header);
  assert(parseLibraryCache(bytes).has("libx.so"), "a number of entries beyond the end");
  for (let end = 0; end < bytes.length; end++) parseLibraryCache(bytes.subarray(0, end));
  assert.equal(parseLibraryCache(text.encode("ld.so-1.7.0")).size, 0);
});
