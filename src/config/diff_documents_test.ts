import assert from "node:assert/strict";
import fc from "fast-check";
import { type ConfigState, diffDocuments } from "./diff_documents.ts";
import type { Plain } from "./merged_document.ts";

const state = (document: { readonly [key: string]: Plain }, file = "f"): ConfigState => ({
  document,
  places: (path) => [{ file, line: path.length, column: 1 }],
});

/** Differences as one line each. */
function differ(before: { readonly [key: string]: Plain }, after: { readonly [key: string]: Plain }): string[] {
  return diffDocuments(state(before), state(after)).map((found) =>
    `${found.kind} ${found.section} ${found.name}: ${found.before} -> ${found.after}`
  );
}

Deno.test("exports are compared by their mount, however it is spelled and wherever it stands", () => {
  const before = { exports: [{ mode: "Public", mount: "/a" }, { mode: "Tmpfs", mount: "/b/" }] };
  assert.deepEqual(differ(before, { exports: [{ mode: "Tmpfs", mount: "/b" }, { mode: "Restricted", mount: "/a" }] }), [
    "changed exports /a: mode=Public -> mode=Restricted",
  ]);
  assert.deepEqual(differ(before, { exports: [{ mode: "Public", mount: "/a" }, { mode: "Tmpfs", mount: "/c" }] }), [
    "removed exports /b: mode=Tmpfs -> null",
    "added exports /c: null -> mode=Tmpfs",
  ]);
});

Deno.test("variables are compared by name, capabilities by name in any spelling", () => {
  const capability = (cap: string, add: number) => ({ config: { capabilities: [{ cap, add }] } });
  assert.deepEqual(differ(capability("kill", 1), capability("CAP_KILL", 0)), [
    "changed capabilities CAP_KILL: add=1 -> add=0",
  ]);
  assert.deepEqual(differ(capability("ALL", 1), capability("all", 1)), []);
  assert.deepEqual(differ({ environ: [{ key: "A", mode: "Default", value: "1" }] }, { environ: [] }), [
    "removed environ A: mode=Default value=1 -> null",
  ]);
});

Deno.test("other values are compared by key; the order of a search path counts", () => {
  assert.deepEqual(
    differ(
      { config: { path: "/a:/b", umask: "027", cgroups: { mem: { max: "1" } } } },
      { config: { path: "/b:/a", umask: "027", cgroups: { mem: { max: "2" } } } },
    ),
    ["changed config path: /a:/b -> /b:/a", "changed config cgroups.mem.max: 1 -> 2"],
  );
});

Deno.test("who a node is makes no difference", () => {
  assert.deepEqual(differ({ headers: { alias: "a" } }, { headers: { alias: "b" } }), []);
});

Deno.test("each difference says where both sides come from", () => {
  const [found] = diffDocuments(state({ config: { umask: "1" } }, "x"), state({ config: { umask: "2" } }, "y"));
  assert.deepEqual([found?.beforeAt, found?.afterAt], [
    [{ file: "x", line: 2, column: 1 }],
    [{ file: "y", line: 2, column: 1 }],
  ]);
});

Deno.test("nothing differs from itself, and what is added one way is removed the other way", () => {
  const config = fc.dictionary(fc.constantFrom("umask", "path", "hostname"), fc.constantFrom("1", "2"));
  const exports = fc.uniqueArray(
    fc.record({ mount: fc.constantFrom("/a", "/b"), mode: fc.constantFrom("Public", "Tmpfs") }),
    {
      selector: ({ mount }) => mount,
    },
  );
  const document = fc.record({ exports, config });
  const turned = { added: "removed", removed: "added", changed: "changed" };
  fc.assert(
    fc.property(document, document, (a, b) => {
      assert.deepEqual(differ(a, a), []);
      const back = diffDocuments(state(b), state(a)).map(({ kind, name }) => `${turned[kind]} ${name}`).sort();
      assert.deepEqual(diffDocuments(state(a), state(b)).map(({ kind, name }) => `${kind} ${name}`).sort(), back);
    }),
  );
});
