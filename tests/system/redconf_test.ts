import assert from "node:assert/strict";
import { redpak, Scratch } from "./_node.ts";
import { REDCONF, redconf } from "./_programs.ts";

/** Standard output of a call that succeeds and says nothing else. */
function printed(...args: string[]): string {
  const { code, stdout, stderr } = redconf(args);
  assert.deepEqual([code, stderr], [0, ""]);
  return stdout;
}

Deno.test("install-links replaces links, says what it would do, and keeps what is no link", () => {
  using scratch = new Scratch();
  const link = `${scratch.path}/redwrap`;
  Deno.symlinkSync("/nowhere", link);
  assert.equal(redpak(["install-links", scratch.path, "--dry-run"]).code, 0);
  assert.equal(Deno.readLinkSync(link), "/nowhere");
  assert.equal(redpak(["install-links", scratch.path]).code, 0);
  assert.equal(Deno.readLinkSync(link), Deno.readLinkSync(REDCONF));
  Deno.removeSync(link);
  scratch.file("redwrap", "the original");
  assert.equal(redpak(["install-links", scratch.path]).code, 1);
  assert.equal(Deno.readTextFileSync(link), "the original");
});

// The bar of the third level stands where redpak 2.5 has it.
Deno.test("redconf tree draws as redpak 2.5, siblings sorted", () => {
  using scratch = new Scratch();
  const top = scratch.node("srv/pak", "");
  for (const name of ["one", "two", "two/deep", "one/deep", "one/deep/est"]) scratch.node(`srv/pak/${name}`, "");
  const expected = `${scratch.path}/srv
  └── pak  (pak)
      ├── one  (one)
      │   └── deep  (deep)
        │     └── est  (est)
      └── two  (two)
          └── deep  (deep)
`;
  assert.equal(printed("tree", top), expected);
  assert.equal(printed("tree", "-r", `${top}/`), expected);
  assert.equal(printed("tree", `--redr=${top}`), expected);
});

Deno.test("redconf tree fails where there is no node and where one is broken", () => {
  using scratch = new Scratch();
  const top = scratch.node("n", "");
  scratch.node("n/broken", "nonsense: 1\n");
  for (const path of [top, scratch.path, `${scratch.path}/absent`]) {
    const { code, stdout, stderr } = redconf(["tree", path]);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /^redpak: /);
  }
});

const CONFIG = `config: { cachedir: $NODE_PATH/c, umask: 027, share_all: DISABLED, share_net: /proc/1/ns/net,
  new-session: enabled, die-with-parent: Enabled, capabilities: [ { cap: cap_chown, add: 1, warn: w } ] }
environ: [ { key: A, value: a } ]
exports: [ { mount: /b, mode: restricted, path: /usr/b }, { mode: Tmpfs, mount: /a } ]
`;

Deno.test("redconf config dumps the node, then its ancestors", () => {
  using scratch = new Scratch();
  const top = scratch.node("top", "");
  const leaf = scratch.node("top/leaf", CONFIG);
  const text = printed("config", leaf);
  const dump = (alias: string, path: string, values: Record<string, string>, exports: string) =>
    `---
headers=> alias=${alias} name=n-${alias} info='test'
config:
	cachedir: ${values.cachedir ?? "(null)"}
	hostname: (null)
	chdir: (null)
	umask: ${values.umask ?? "(null)"}
	set-user: 
	set-group: 
	smack: 
	verbose: 0
	diewithparent: ${values.die ?? "0"}
	umask: ${values.umask ?? "(null)"}
	newsession: ${values.session ?? "Unset"}
	share_all: ${values.all ?? "Unset"}
	share_user: Unset
	share_cgroup: Unset
	share_ipc: Unset
	share_pid: Unset
	share_net: ${values.net ?? "Unset"}
	share_time: Unset
exports:
${exports}---

---
  state=Enable
  realpath=${path}
  timestamp=1700000000000'
  info=(null)
---

`;
  const values = { cachedir: "$NODE_PATH/c", umask: "027", die: "2", session: "Enabled", all: "Disabled" };
  const exports = `  - [0] mode:  Restricted
         mount: /b
         path:  /usr/b
  - [1] mode:  Tmpfs
         mount: /a
         path:  (null)
`;
  assert.equal(
    text,
    dump("leaf", leaf, { ...values, net: "/proc/1/ns/net" }, exports) + dump("top", top, {}, ""),
  );
});

const YAML_TAIL = `environ:
- mode: Default
  key: A
  value: a
config:
  cachedir: CACHE
  umask: 027
  verbose: 0
  map-root-user: 0
  gpgcheck: false
  unsafe: false
  inherit-env: false
  die-with-parent: Enabled
  new-session: Enabled
`;

Deno.test("redconf -y config prints YAML in the order of the schema", () => {
  using scratch = new Scratch();
  const leaf = scratch.node("leaf", CONFIG);
  assert.equal(
    printed("-y", "config", leaf),
    `# REDNODE CONFIG ${leaf}
headers:
  alias: leaf
  name: n-leaf
  info: test
exports:
- mode: Restricted
  mount: /b
  path: /usr/b
- mode: Tmpfs
  mount: /a
${YAML_TAIL.replace("CACHE", "$NODE_PATH/c")}  share_all: DISABLED
  share_net: /proc/1/ns/net
  capabilities:
  - cap: cap_chown
    add: 1
    warn: w

`,
  );
});

Deno.test("redconf mergeconfig expands scalars, sorts exports and completes the sharing", () => {
  using scratch = new Scratch();
  scratch.node(
    "top",
    `exports: [ { mode: Tmpfs, mount: /top-$NODE_ALIAS }, { mode: Private, mount: /private, path: /private } ]
config: { hostname: $NODE_ALIAS, path: "/x:/bin", capabilities: [ { cap: ALL, add: 0 } ], cgroups: { pids: { max: 9 } } }
`,
  );
  const leaf = scratch.node("top/leaf", CONFIG.replace("config: {", "config: { path: /bin,"));
  const text = printed("mergeconfig", "-e", "--redp", leaf);
  const yaml = `headers:
  alias: leaf
  name: n-leaf
  info: test
exports:
- mode: Tmpfs
  mount: /a
- mode: Restricted
  mount: /b
  path: /usr/b
- mode: Tmpfs
  mount: /top-$NODE_ALIAS
${YAML_TAIL.replace("CACHE\n", `${leaf}/c\n  path: /bin:/x\n`)}  share_user: DISABLED
  share_cgroup: DISABLED
  share_net: /proc/1/ns/net
  share_pid: DISABLED
  share_ipc: DISABLED
  hostname: leaf
  capabilities:
  - cap: ALL
    add: 0
  - cap: cap_chown
    add: 1
`;
  assert.equal(text, `----CONFIG ${yaml.length}\n${yaml}----\n`);
});

Deno.test("redconf create makes nodes that redconf and redpak read", () => {
  using scratch = new Scratch();
  const { path } = scratch;
  assert.equal(printed("create", "--root", "-a", "SYS", `${path}/pak`), "");
  assert.equal(printed("create", "pak/Nav", path), "");
  assert.equal(printed("tree", `${path}/pak`), `${path}\n  └── pak  (SYS)\n      └── Nav  (Nav)\n`);
  const admin = Deno.readTextFileSync(`${path}/pak/Nav/etc/redpak-admin.yaml`);
  assert.match(admin, /alias: "?admin-of-Nav"?/);
  assert.match(Deno.readTextFileSync(`${path}/pak/.rednode.yaml`), /info: "?created by red-manager the \d\d-/);
  assert.match(Deno.readTextFileSync(`${path}/pak/etc/redpak.yaml`), /info: "?Node created by \w+\(.+\) the \d\d-/);
});

Deno.test("redconf create looks templates up by name, by name without its ending, and by path", () => {
  using scratch = new Scratch();
  const template = (umask: string) => `headers: \n  alias: x\nconfig:\n  umask: ${umask}\n`;
  scratch.file("t/own-normal.yaml", template("1"));
  scratch.file("t/own-admin.yaml", template("2"));
  scratch.file("t/one.yaml", template("3"));
  const umask = (...args: string[]) => {
    const node = `${scratch.path}/n-${crypto.randomUUID()}`;
    printed("create", "-t", `${scratch.path}/t`, "--no", node, ...args);
    const read = (name: string) => /umask: (\d)/.exec(Deno.readTextFileSync(`${node}/etc/${name}.yaml`))?.[1];
    return `${read("redpak")}${read("redpak-admin")}`;
  };
  assert.equal(umask("-m", "own"), "12");
  assert.equal(umask("-m", "own", "--config=one.yaml"), "32");
  assert.equal(umask("-c", `${scratch.path}/t/one`, "-Cown-normal"), "31");
  const { code, stderr } = redconf(["create", "-t", `${scratch.path}/t`, "--leaf", `${scratch.path}/x`]);
  assert.equal(code, 1);
  assert.match(stderr, /Cannot read template "leaf": none of .*leaf-normal.yaml exists/);
});

Deno.test("redconf create -u gives a node another template and keeps who it is", () => {
  using scratch = new Scratch();
  const node = `${scratch.path}/n`;
  printed("create", "-a", "it", node);
  const [, name] = /name: (.*)/.exec(printed("-y", "config", node)) ?? [];
  const again = redconf(["create", node]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /there is a node already\n {2}hint: --update gives it the templates' configuration/);
  printed("create", "--root", "-u", "-a", "other", node);
  const text = printed("-y", "config", node);
  assert.ok(text.includes(`  alias: it\n  name: ${name}\n`), text);
  assert.match(text, /share_net: enabled/);
  assert.equal(redconf(["create", "-u", `${scratch.path}/absent`]).code, 1);
});

Deno.test("redconf explains itself, and every mistake exits 1", () => {
  assert.match(printed("-h"), /^Usage: redconf .*\n.*\n\tcreate {7}\S/);
  assert.match(printed("tree", "--help"), /^Usage: redconf tree [\s\S]*\nOptions:\n\t-r, --redroot\t\t/);
  const mistakes = [[], ["nope"], ["-x"], ["create"], ["create", "-R", "relative", "n"], ["config", "/nonexistent"]];
  for (const words of mistakes) {
    const { code, stderr } = redconf(words);
    assert.equal(code, 1, words.join(" "));
    assert.match(stderr, /^(redconf|redpak): /);
  }
  assert.match(redconf(["tree", "-x"]).stdout, /^Usage: redconf tree /);
});
