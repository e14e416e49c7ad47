import assert from "node:assert/strict";
import * as fc from "fast-check";
import { RedpakError } from "../../core/error.ts";
import { ScratchFamily } from "./_scratch_family.ts";
import { changeNodeFiles, type NodeFileChange } from "./change_node_file.ts";
import { planNewRepository, planRemoval } from "./edit_repositories.ts";
import { parseRepoFile } from "./parse_repo_file.ts";

const NONE = new Map<string, string>();
const values = { name: "A", baseurl: "https://a.example/" };

function code(step: () => unknown): string | undefined {
  try {
    step();
  } catch (error) {
    assert(error instanceof RedpakError, String(error));
    return error.code;
  }
}

function carryOut(change: NodeFileChange, uid: number): void {
  changeNodeFiles(change.node, [change], uid);
}

function owner(family: ScratchFamily): number {
  return Deno.statSync(family.path).uid ?? 0;
}

Deno.test("a repository that is added is one of the node", async () => {
  using family = new ScratchFamily({ n: {} });
  const node = `${family.path}/n`;
  carryOut(planNewRepository(node, { id: "a", values: { ...values, priority: "5" } }, NONE), owner(family));
  const [added] = (await family.repositories("n")).repositories;
  assert.deepEqual([added?.id, added?.name, added?.baseUrls, added?.priority], ["a", "A", ["https://a.example/"], 5]);
  assert.deepEqual([...Deno.readDirSync(`${node}/etc/yum.repos.d`)].map(({ name }) => name), ["a.repo"]);
});

for (
  const [id, given, expected] of [
    ["../a", values, "E_REPO_ID"],
    ["main", values, "E_REPO_ID"],
    ["", values, "E_REPO_ID"],
    ["a", { ...values, baseurl: "ftp://a" }, "E_REPO"],
    ["a", { ...values, baseurl: "/$unknown" }, "E_REPO"],
    ["a", { ...values, priority: "high" }, "E_REPO"],
    ["a", { ...values, name: "x\ngpgcheck=0" }, "E_REPO"],
    ["a", { ...values, name: "x\n[b]" }, "E_REPO"],
    ["a", { ...values, name: "x\x1b" }, "E_REPO"],
    ["exists", values, "E_REPO_EXISTS"],
  ] as const
) {
  Deno.test(`what could not be read back is not written: ${JSON.stringify([id, ...Object.values(given)])}`, () => {
    using family = new ScratchFamily({ n: { "etc/yum.repos.d/exists.repo": "" } });
    assert.equal(code(() => planNewRepository(`${family.path}/n`, { id, values: given }, NONE)), expected);
  });
}

Deno.test("a file that has changed meanwhile is left as it is", () => {
  using family = new ScratchFamily({ n: {} });
  const change = planNewRepository(`${family.path}/n`, { id: "a", values }, NONE);
  family.write("n/etc/yum.repos.d/a.repo", "mine");
  assert.equal(code(() => carryOut(change, owner(family))), "E_CHANGED");
  assert.equal(Deno.readTextFileSync(change.file), "mine");
});

Deno.test("nothing is written where others could put something else in its place", () => {
  using family = new ScratchFamily({ n: { "etc/yum.repos.d/x.repo": "" } });
  Deno.chmodSync(`${family.path}/n/etc/yum.repos.d`, 0o777);
  const change = planNewRepository(`${family.path}/n`, { id: "a", values }, NONE);
  assert.equal(code(() => carryOut(change, owner(family))), "E_NOT_TRUSTED");
});

Deno.test("a section is removed with its own comments; those above the next one stay, and the file while it has one", () => {
  using family = new ScratchFamily({ n: {} });
  const text = "# head\n[a]\nbaseurl=/a\n# of a\npriority=1\n\n# about b\n; too\n[b]\nbaseurl=/b\n";
  const file = family.write("n/etc/yum.repos.d/x.repo", text);
  const remove = (id: string) => carryOut(planRemoval(`${family.path}/n`, id, file), owner(family));
  remove("a");
  assert.equal(Deno.readTextFileSync(file), "# head\n\n# about b\n; too\n[b]\nbaseurl=/b\n");
  remove("b");
  assert.deepEqual([...Deno.readDirSync(`${family.path}/n/etc/yum.repos.d`)], []);
});

Deno.test("removing one repository changes no other, wherever it stands", () => {
  const filler = fc.constantFrom("", "# comment", "; comment", "  ", "\t# x");
  const section = fc.record({ before: fc.array(filler, { maxLength: 3 }), keys: fc.array(filler, { maxLength: 2 }) });
  using family = new ScratchFamily({ n: {} });
  fc.assert(fc.property(fc.array(section, { minLength: 2, maxLength: 4 }), fc.nat(), (sections, which) => {
    const text = sections.map(({ before, keys }, index) => {
      return [...before, `[r${index}]`, `baseurl=/${index}`, ...keys, "cost=1\n"].join("\n");
    }).join("");
    const removed = `r${which % sections.length}`;
    const file = family.write("n/etc/yum.repos.d/x.repo", text);
    const after = planRemoval(`${family.path}/n`, removed, file).after ?? "";
    const read = (text: string) =>
      parseRepoFile(new TextEncoder().encode(text), "x", NONE).definitions.map(({ id, values }) => {
        return [id, values.baseurl?.[0]?.value, values.cost?.value];
      });
    assert.deepEqual(read(after), read(text).filter(([id]) => id !== removed));
  }));
});
