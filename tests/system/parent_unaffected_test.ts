import assert from "node:assert/strict";
import * as fc from "fast-check";
import { REDPAK, Scratch } from "./_node.ts";

/** What can be in a file of a child: nothing, everything, and what its parent would not let it have. */
const text = fc.oneof(
  fc.constantFrom(
    "",
    "headers: { alias: child }\n",
    "headers: { alias: parent }\nconfig: { hostname: stolen, share_all: enabled, set-user: '0', path: /child/bin }\n",
    "headers: { alias: child }\nexports: [ { mode: Public, mount: /usr, path: / }, { mode: Tmpfs, mount: /lib } ]\n",
    "headers: { alias: child }\nenviron: [ { key: A, value: child }, { key: LD_PRELOAD, mode: Execfd, value: id } ]\n",
    "headers: { alias: child }\nconfig: { capabilities: [ { cap: ALL, add: 1 } ], inherit-env: true }\n",
    "realpath: /elsewhere\ntimestamp: 1\nstate: Disable\n",
    "realpath: /elsewhere\ntimestamp: 1\nstate: Enable\n",
    "&a [ *a, *a ]\n",
  ),
  fc.string({ unit: "binary", maxLength: 40 }),
);
const file = fc.constantFrom(".rednode.yaml", "etc/redpak.yaml", "etc/redpak-admin.yaml", "etc/redpack.yaml");
const directory = fc.constantFrom("", "/etc", "/deeper", "/deeper/etc", "/data");

type Edit = (child: string) => void;

const edits: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ file, text, nested: fc.boolean() }).map(({ file, text, nested }): Edit => (child) => {
    const path = `${child}${nested ? "/deeper" : ""}/${file}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(path, text);
  }),
  fc.record({ file, bytes: fc.uint8Array({ maxLength: 64 }) }).map(({ file, bytes }): Edit => (child) =>
    Deno.writeFileSync(`${child}/${file}`, bytes)
  ),
  fc.record({ name: fc.oneof(file, directory), target: fc.constantFrom("..", "/etc", "../../etc/redpak.yaml", "loop") })
    .map(({ name, target }): Edit => (child) => {
      const path = `${child}/${name.replace(/^\//, "")}`.replace(/\/$/, "");
      Deno.removeSync(path, { recursive: true });
      Deno.symlinkSync(target, path);
    }),
  fc.record({ name: directory, mode: fc.integer({ min: 0, max: 0o7777 }) }).map(({ name, mode }): Edit => (child) =>
    Deno.chmodSync(child + name, mode)
  ),
  fc.record({ name: fc.oneof(file, directory), uid: fc.constantFrom(0, 1000) }).map(({ name, uid }): Edit => (child) =>
    Deno.chownSync(`${child}/${name}`, uid, uid)
  ),
  fc.record({ name: fc.oneof(file, directory) }).map(({ name }): Edit => (child) =>
    Deno.removeSync(`${child}/${name}`, { recursive: true })
  ),
  fc.record({ from: directory, to: directory }).map(({ from, to }): Edit => (child) =>
    Deno.renameSync(child + from, `${child}${to}/moved`)
  ),
);

/** An edit that the tree does not allow any more, or that takes root, is none. */
function attempt(edit: Edit, child: string): void {
  try {
    edit(child);
  } catch (error) {
    const kinds = [
      Deno.errors.PermissionDenied,
      Deno.errors.NotFound,
      Deno.errors.NotADirectory,
      Deno.errors.AlreadyExists,
      Deno.errors.IsADirectory,
    ];
    const isKnown = kinds.some((kind) => error instanceof kind) || /os error (?:16|20|22|26|39|40)/.test(String(error));
    if (!isKnown) throw error;
  }
}

const PARENT = `exports:
  - { mode: Restricted, mount: /usr, path: /usr }
  - { mode: Public, mount: /family, path: $NODE_PATH }
  - { mode: Public, mount: /child, path: $NODE_PATH/child/data }
  - { mode: Restricted, mount: /config, path: $NODE_PATH/child/etc }
environ:
  - { key: A, value: "$NODE_ALIAS of $LEAF_ALIAS at $LEAF_PATH" }
config:
  path: /usr/bin
  hostname: $NODE_ALIAS
  share_net: enabled
  capabilities: [ { cap: CAP_CHOWN, add: 1 } ]
`;
const ADMIN =
  "environ: [ { key: ADMIN, value: $NODE_PATH } ]\nexports: [ { mode: Private, mount: /n, path: $NODE_PATH } ]\n";

/** What the parent's own launch is, in its three forms; not one byte of it may change. */
async function plansOf(parent: string): Promise<string[]> {
  const forms = [["--json"], ["--admin", "--json"], ["--format", "bwrap"]];
  return await Promise.all(forms.map(async (form) => {
    const command = new Deno.Command(REDPAK, { args: ["plan", parent, ...form, "--", "/usr/bin/true"], stdin: "null" });
    const { code, stdout, stderr } = await command.output();
    const [output, complaint] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert.deepEqual([code, complaint], [0, ""]);
    return output!;
  }));
}

Deno.test("no sequence of edits to a child changes what its parent's own launch gets", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(edits, { minLength: 1, maxLength: 8 }), async (sequence) => {
      using scratch = new Scratch();
      const parent = scratch.node("parent", PARENT, ADMIN);
      const child = scratch.node("parent/child", "config: { path: /child }\n", "config: { umask: '022' }\n");
      const before = await plansOf(parent);
      for (const edit of sequence) attempt(edit, child);
      assert.deepEqual(await plansOf(parent), before);
    }),
    { numRuns: 30, seed: 1, endOnFailure: true },
  );
});
