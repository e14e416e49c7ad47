/** A18: a program cannot change what the next launch reads, whatever of the node's own directory it can write. */
import assert from "node:assert/strict";
import { compile } from "../system/_compile.ts";
import { exec, exists, PATH, redpak, Scratch, SYSTEM } from "../system/_node.ts";
import { CALLERS } from "./_scene.ts";

/** All that a program with every capability can think of; `$1` is what it can write, `$2` the way to a node's directory from there. */
const ATTACK = `
try() { "$@" >/dev/null 2>&1; }
put() { echo "$1" 2>/dev/null >"$2"; }
cd "$1" || exit 1
touch proof || exit 1
mkdir -p false/etc; put false false/.rednode.yaml; put false false/etc/redpak.yaml; put false false/etc/redpak-admin.yaml
exec 5<.
for node in . "$2"; do
  for name in .rednode.yaml etc/redpak.yaml etc/redpak-admin.yaml etc/redpack.yaml .redpak/commit.json; do
    file="$node/$name"
    put written "$file"; put written "/proc/self/fd/5/$file"
    try truncate -s 0 "$file"; try chmod 777 "$file"; try chown 1:1 "$file"; try touch "$file"
    try ln "$file" hard && put hard hard; rm -f hard
    try ln -f false/.rednode.yaml "$file"; try ln -sf false/.rednode.yaml "$file"
    try cp -f false/.rednode.yaml "$file"; try mv -f false/.rednode.yaml "$file"; try /exchange false/.rednode.yaml "$file"
    try mv "$file" moved && try mv moved "$file.old"; try rm -f "$file"
  done
  for name in etc .redpak; do
    directory="$node/$name"
    try mv -T "$directory" moved && mv moved "$directory.old"
    try mv -T false/etc "$directory"; try /exchange false/etc "$directory"; try rm -rf "$directory"
    try umount -l "$directory"; try mount -o remount,bind,rw "$directory"; try mount --bind false/etc "$directory"
    try mkdir -p "$directory"
    for name in redpak-admin.yaml redpak.yaml commit.json; do put made "$directory/$name"; done
    try unshare -Urm sh -c "umount -l '$directory'; echo unshared >'$directory/redpak.yaml'"
  done
done
way=.
for name in $(echo "$2" | tr / ' '); do
  way="$way/$name"
  put made "$way/.rednode.yaml"
  try /exchange false "$way"; try mv -T "$way" "$way.old" && { mkdir -p "$way/etc"; put new "$way/.rednode.yaml"; }
done
rm -rf false
echo done`;

const CAPABILITIES = "  capabilities: [{ cap: ALL, add: 1 }]\n  landlock: off\n  seccomp: none\n";

interface Layout {
  /** What of the node at `p/x/c`, and of its parent, the program can write; where `way` is the node's directory. */
  readonly exports: string;
  readonly way?: string;
  readonly admin?: string;
  readonly parent?: string;
}

const LAYOUTS: Readonly<Record<string, Layout>> = {
  "its own directory": { exports: "mode: Private, mount: /w, path: $NODE_PATH" },
  "its own directory, with both files": { exports: "mode: Public, mount: /w, path: $NODE_PATH/.", admin: "" },
  "its parent's directory": {
    exports: "mode: Tmpfs, mount: /t",
    parent: "mode: Public, mount: /w, path: $NODE_PATH",
    way: "x/c",
  },
  "the directory of its configuration": { exports: "mode: Private, mount: /w/etc, path: $NODE_PATH/etc", admin: "" },
};

class Family extends Scratch {
  constructor(private readonly uid: number, private readonly layout: Layout) {
    super();
  }

  async write(): Promise<string> {
    const { exports, parent, admin } = this.layout;
    const exchange = await compile("../security/exchange.c", "-static");
    const programs = SYSTEM + `  - { mode: RestrictedFile, mount: /exchange, path: ${exchange} }\n`;
    const entry = (text: string | undefined) => text === undefined ? "" : `  - { ${text} }\n`;
    this.node("p", programs + entry(parent) + PATH + CAPABILITIES, admin);
    const leaf = this.node("p/x/c", `exports:\n${entry(exports)}`, admin);
    exec("chown", ["-R", `${this.uid}:${this.uid}`, `${this.path}/p`]);
    return leaf;
  }

  /** All that launches read: which file it is, whose, and what is in it. */
  state(): string[] {
    const files = ["redpak.yaml", "redpak-admin.yaml", "redpack.yaml", "redpack-admin.yaml"].map((name) =>
      `etc/${name}`
    );
    const names = ["", "/.rednode.yaml", "/etc", ...files.map((name) => `/${name}`), "/.redpak/commit.json"];
    return ["p", "p/x", "p/x/c"].flatMap((node) => names.map((name) => describe(`${this.path}/${node}${name}`)));
  }

  run(node: string, ...args: string[]) {
    return redpak(["run", node, ...args], { cwd: "/", uid: this.uid });
  }
}

function describe(path: string): string {
  if (!exists(path)) return `${path}: absent`;
  const { ino, mode, uid, isFile } = Deno.lstatSync(path);
  return `${path}: ${ino} ${mode} ${uid} ${isFile ? Deno.readTextFileSync(path) : ""}`;
}

for (const [caller, uid] of Object.entries(CALLERS)) {
  for (const [what, layout] of Object.entries(LAYOUTS)) {
    Deno.test(`A18 a program that can write ${what} changes nothing that the next launch reads, launched by ${caller}`, async () => {
      using family = new Family(uid, layout);
      const leaf = await family.write();
      const before = family.state();
      const place = what.includes("configuration") ? "/w/etc" : "/w";
      const { code, stdout, stderr } = family.run(leaf, "--", "sh", "-c", ATTACK, "sh", place, layout.way ?? ".");
      assert.deepEqual([code, stdout], [0, "done\n"], stderr);
      const written = exec("find", [family.path, "-name", "proof"]).stdout;
      assert.notEqual(written, "", "it can write there");
      assert.deepEqual(family.state(), before);
      assert.equal(family.run(leaf, "--", "true").code, 0);
    });
  }

  Deno.test(`A18 a node that a program makes is no less confined than that program, launched by ${caller}`, () => {
    using family = new Family(uid, { exports: "" });
    const secret = family.file("secret", "");
    const own = "  - { mode: Private, mount: /w, path: $NODE_PATH }\n";
    const parent = family.node("p", SYSTEM + PATH, `exports:\n${own}`);
    exec("chown", ["-R", `${uid}:${uid}`, parent]);
    const status = "realpath: x\ntimestamp: 1\nstate: Enable\n";
    const config = `headers:\n  alias: new\nexports:\n  - { mode: RestrictedFile, mount: /secret, path: ${secret} }\n`;
    const make = `mkdir -p /w/$1/etc; printf %s "$2" >/w/$1/.rednode.yaml; printf "$4" >/w/$1/etc/redpak.yaml
      printf %s "$3" >/w/$1/etc/$5`;
    const plain = "headers:\\n  alias: new\\n";
    for (const [name, file] of [["a", "redpak.yaml"], ["b", "redpak-admin.yaml"]] as const) {
      const made = family.run(parent, "--admin", "--", "sh", "-c", make, "sh", name, status, config, plain, file);
      assert.equal(made.code, 0, made.stderr);
      const launched = family.run(`${parent}/${name}`, "--admin", "--", "cat", "/secret");
      assert.equal(launched.code, 3, launched.stderr);
      assert.match(launched.stderr, /Cannot export ".*\/secret"/);
    }
  });

  Deno.test(`A18 a link that a program leaves for one of the node's directories is not followed, launched by ${caller}`, () => {
    using family = new Family(uid, { exports: "" });
    const own = "  - { mode: Private, mount: /w, path: $NODE_PATH }\n";
    const leaf = family.node(
      "p",
      SYSTEM + "  - { mode: Private, mount: /home, path: $NODE_PATH/home }\n" + PATH,
      `exports:\n${own}`,
    );
    Deno.mkdirSync(`${leaf}/home`);
    exec("chown", ["-R", `${uid}:${uid}`, leaf]);
    for (const target of ["etc", ".", "usr", ".redpak"]) {
      const link = `mkdir -p /w/usr; mv /w/home /w/$$; rm -rf /w/home; ln -s ${target} /w/home`;
      assert.equal(family.run(leaf, "--admin", "--", "sh", "-c", link).code, 125 * Number(target !== "etc"), target);
      const { code, stderr } = family.run(leaf, "--", "touch", "/home/redpak.yaml");
      assert.equal(code, 125, `${target}: ${stderr}`);
      assert.match(stderr, /a link in the directory of a node/);
      assert.equal(exists(`${leaf}/${target}/written`), false);
    }
  });

  Deno.test(`A18 no link makes an ancestor's directory, or one around the node, writable, launched by ${caller}`, () => {
    using family = new Family(uid, { exports: "" });
    const { path } = family;
    Deno.mkdirSync(`${path}/links`);
    for (
      const [name, target] of [["around", path], ["node", `${path}/p/x/c`], ["inside", `${path}/p/x/c/data`]] as const
    ) {
      Deno.symlinkSync(target, `${path}/links/${name}`);
    }
    for (const source of [`${path}/links/around`, `${path}/links/node`, `${path}/links/inside`, `${path}/p/shared`]) {
      family.node("p", `${SYSTEM}  - { mode: Public, mount: /w, path: ${source} }\n${PATH}`);
      const leaf = family.node("p/x/c", "");
      Deno.mkdirSync(`${leaf}/data`, { recursive: true });
      exec("ln", ["-sfT", "etc", `${path}/p/shared`]);
      exec("chown", ["-Rh", `${uid}:${uid}`, `${path}/p`]);
      const { code, stderr } = family.run(leaf, "--", "touch", "/w/etc/x", "/w/x");
      assert.equal(code, 125, `${source}: ${stderr}`);
      assert.match(stderr, /\(ELOOP\)|symbolic link/);
    }
  });
}
