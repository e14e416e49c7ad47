/** Families of nodes by chance, of nearly everything that a configuration can say. */
import * as fc from "fast-check";
import type { Scratch } from "./_node.ts";
import { JOINABLE } from "./_other_process.ts";

/** In configurations `@` is the scratch directory, `%` the other process's directory of namespaces. */
const tree = fc.record({
  mode: fc.constantFrom("Public", "Restricted", "Private", "PrivateRestricted"),
  mount: fc.constantFrom("/a", "/a/b", "/a/b/c", "/d", "/d/e"),
  path: fc.constantFrom("@/tree", "@/tree/b", "@/tree/made", "$NODE_PATH/own", "/sys/fs", "@/link"),
});
const file = fc.record({
  mode: fc.constantFrom("PublicFile", "RestrictedFile", "PrivateFile", "Restricted"),
  mount: fc.constantFrom("/f", "/a/f", "/d/e/f"),
  path: fc.constant("@/tree/file"),
});
const made = fc.record({
  mode: fc.constantFrom("Anonymous", "Tmpfs"),
  mount: fc.constantFrom("/a", "/a/b", "/d", "/t", "/t/u"),
});
const special = fc.constantFrom(
  { mode: "Procfs", mount: "/proc" },
  { mode: "Devfs", mount: "/dev" },
  { mode: "Mqueue", mount: "/mqueue" },
  { mode: "Symlink", mount: "/link", path: "a/b" },
  { mode: "Symlink", mount: "/t/link", path: "/no where" },
  { mode: "Execfd", mount: "/made", path: 'echo "it\'s"; echo two' },
  { mode: "Execfd", mount: "/t/made", path: "printf '\\t$HOME'" },
  { mode: "Internal", mount: "/internal", path: "9" },
);
/** Bubblewrap takes its locks while the program starts already: one that fails would be a race. */
const lock = fc.constant([
  { mode: "Restricted", mount: "/locked", path: "@/tree" },
  { mode: "Lock", mount: "/locked/file" },
]);
const environ = fc.constantFrom(
  { key: "A", value: "$NODE_ALIAS of $LEAF_ALIAS" },
  { key: "B", mode: "Static", value: "'$A' \"\\\t" },
  { key: "C", mode: "Execfd", value: "echo one; echo two" },
  { key: "D", value: "<$(echo 'x y')>" },
  { key: "HOME", value: "/d" },
  { key: "HOME", mode: "Remove" },
  { key: "USER", mode: "Inherit" },
  { key: "NOT_THERE", mode: "Inherit" },
);
/** In a joined pid namespace, bubblewrap looks for its own processes by numbers of the host's /proc, and hangs. */
const sharing = (name: string) =>
  fc.constantFrom("unset", "enabled", "disabled", ...name === "pid" ? [] : [`%/${name}`]);
const config = fc.record({
  path: fc.constantFrom("/bin", "/a/bin:/bin"),
  ldpath: fc.constant("/lib"),
  hostname: fc.constantFrom("box", "$LEAF_ALIAS"),
  chdir: fc.constantFrom("/", "/a"),
  capabilities: fc.uniqueArray(
    fc.record({ cap: fc.constantFrom("ALL", "CAP_CHOWN", "cap_net_raw"), add: fc.constantFrom(0, 1) }),
    { selector: ({ cap }) => cap, maxLength: 2 },
  ),
  "inherit-env": fc.boolean(),
  "new-session": fc.constantFrom("Enabled", "Disabled"),
  "die-with-parent": fc.constantFrom("Enabled", "Disabled"),
  "map-root-user": fc.constantFrom(0, 1),
  "set-user": fc.constantFrom("0", "1000"),
  "set-group": fc.constantFrom("0", "1001"),
  ...Object.fromEntries(JOINABLE.map((name) => [`share_${name}`, sharing(name)])),
}, { requiredKeys: [] }).chain((all) =>
  // Few things at once, so that most nodes start.
  fc.subarray(Object.entries(all), { maxLength: 4 }).map((kept) => Object.fromEntries(kept))
);

const node: fc.Arbitrary<RandomNode> = fc.record({
  exports: fc.uniqueArray(
    fc.oneof(...[tree, tree, file, made, special, special].map((one) => one.map((entry) => [entry])), lock),
    {
      selector: ([entry]) => entry!.mount,
      maxLength: 5,
    },
  ).map((entries) => entries.flat()),
  environ: fc.uniqueArray(environ, { selector: ({ key }) => key, maxLength: 3 }),
  config,
});

export interface RandomNode {
  readonly exports: readonly { readonly mode: string; readonly mount: string; readonly path?: string }[];
  readonly environ: readonly { readonly key: string; readonly mode?: string; readonly value?: string }[];
  readonly config: Readonly<Record<string, unknown>>;
}

/** One node, or one and its child. */
export const families = fc.array(node, { minLength: 1, maxLength: 2 });

/**
 * Writes a family, and what its exports are of.
 *
 * @param pid the process whose namespaces are joined
 * @param shown exports of each node besides
 * @returns the node that is to be launched
 */
export function placeFamily(scratch: Scratch, family: readonly RandomNode[], pid: number, ...shown: object[]): string {
  scratch.file("tree/file", "content\n");
  scratch.file("tree/b/c/f", "");
  Deno.symlinkSync("tree", `${scratch.path}/link`);
  const names = ["top", "top/child"].slice(0, family.length);
  const [leaf = ""] = names.map((name, index) => {
    const { exports, ...rest } = family[index]!;
    const text = JSON.stringify({ exports: [...shown, ...exports], ...rest }).slice(1, -1);
    const placed = text.replaceAll("@", scratch.path).replaceAll("%", `/proc/${pid}/ns`);
    return scratch.node(
      name,
      `${placed.replace(/,"(environ|config)":/g, "\n$1: ").replace('"exports":', "exports: ")}\n`,
    );
  }).reverse();
  return leaf;
}
