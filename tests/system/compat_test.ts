import assert from "node:assert/strict";
import { rootTest, Scratch, SYSTEM } from "./_node.ts";
import { redconf, REDWRAP, redwrap } from "./_programs.ts";

const COMPAT = { env: { REDPAK_COMPAT: "1", FOO: "foo", BAR: "<$FOO>", EMPTY: "" } };

/** What `redwrap --dump-only` prints as redpak 2.5, behind its first line; `warnings` are to be heard. */
function dumped(node: string, { admin = false, warnings = /^$/ } = {}): string {
  const { code, stdout, stderr } = redwrap(["-D", "-r", node, ...admin ? ["-a"] : []], COMPAT);
  assert.match(stderr, warnings);
  assert.equal(code, 0);
  const [head, ...lines] = stdout.split("\n");
  assert.equal(head, `DUMP: /usr/bin/bwrap (as ${REDWRAP})`, stderr);
  return lines.join("\n");
}

const UNSHARED = `  --unshare-user
  --unshare-cgroup
  --unshare-ipc
  --unshare-pid
  --unshare-net
`;

Deno.test("a family is dumped as redpak 2.5 merges it", () => {
  using scratch = new Scratch();
  const top = scratch.node(
    "top",
    `exports:
  - { mode: Restricted, mount: /usr, path: $NODE_PATH/usr }
  - { mode: Tmpfs, mount: /Tmp }
  - { mode: PrivateRestricted, mount: /kept, path: $NODE_PATH }
  - { mode: Private, mount: /gone, path: $NODE_PATH }
environ:
  - { key: HTTP_PROXY, value: top }
  - { key: CONF, value: $REDNODE_CONF }
config:
  inherit-env: false
  hostname: $NODE_ALIAS-\\\\$FOO
  chdir: /$LEAF_ALIAS
  path: /bin:$NODE_PATH/bin
  capabilities: [ { cap: Cap_Chown, add: 1 }, { cap: all, add: 0 } ]
  new-session: 7
`,
    "exports: [ { mode: Anonymous, mount: /TMP } ]\nenviron: [ { key: Z, mode: Remove } ]\n",
  );
  const leaf = scratch.node(
    "top/leaf",
    `exports:
  - { mode: Tmpfs, mount: /tmp/ }
  - { mode: Tmpfs, mount: /tmp }
  - { mode: Restricted, mount: /own, path: $NODE_PATH/own }
environ:
  - { key: http_proxy, value: leaf }
  - { key: A, mode: Execfd, value: "echo ran; echo" }
  - { key: z, mode: Static, value: $Z }
config: { path: /bin:$NODE_PATH/bin, capabilities: [ { cap: cap_chown, add: 0 } ], die-with-parent: 1 }
`,
  );
  const rest = `  --setenv CONF ${top}//etc/redpak.yaml
  --setenv Z $Z
  --setenv A ran


  --setenv http_proxy leaf
  --cap-drop all
  --cap-drop cap_chown
  --unshare-uts
  --hostname leaf-$FOO
  --chdir /leaf
  --new-session
${UNSHARED}  --setenv PATH /bin:${leaf}/bin:${top}//bin
`;
  assert.equal(
    dumped(leaf),
    `  --ro-bind ${top}/ /kept
  --ro-bind ${leaf}/own /own
  --tmpfs /tmp
  --tmpfs /tmp/
  --ro-bind ${top}//usr /usr
${rest.replace("--setenv Z", "--setenv z")}`,
  );
  assert.equal(
    dumped(leaf, { admin: true }),
    `  --ro-bind ${top}/ /kept
  --ro-bind ${leaf}/own /own
  --dir /TMP
  --tmpfs /tmp/
  --ro-bind ${top}//usr /usr
${rest.replace("  --setenv Z $Z", "  --unsetenv Z")}`,
  );
});

/** Text of the specification's table of expansions, and what it comes to. */
const EXPANSIONS: readonly [text: string, result: string][] = [
  ["${FOO}", "{FOO}"],
  ["a$", "a"],
  ["a$ b", "a b"],
  ["a$$b", "a"],
  ["\\$FOO", "$FOO"],
  ["\\\\$FOO", "\\$FOO"],
  ["$FOO$BAR", "foo<foo>"],
  ["x$UNDEFINEDx-$EMPTY.", "x-."],
  ["$NODE_NAME", "n-x"],
  ["$FOO-$foo-$Node_alias", "foo--"],
  ["$(echo hi)!", "hi\n!"],
  ["100% $(printf abc)def", "100% abcdef"],
  ["$(echo \\$FOO $FOO)", "foo foo\n"],
  ["$(echo $(echo nested))", "\n"],
  ["$(echo \\$(echo nested))", "nested\n"],
  ["$unterminated( x $(foo", "( x (foo"],
];

Deno.test("--dump-only expands and runs what redpak 2.5 does", () => {
  using scratch = new Scratch();
  const entries = EXPANSIONS.map(([text], index) => `  - { key: V${index}, value: ${JSON.stringify(text)} }\n`);
  const path = ":/a::/b:/a:/b/:$(echo /c):$NOPE:${HOME}:$NODE_ALIAS:";
  const node = scratch.node("x", `environ:\n${entries.join("")}config: { path: "${path}" }\n`);
  const lines = EXPANSIONS.map(([, result], index) => `  --setenv V${index} ${result}\n`).reverse();
  assert.equal(dumped(node), `${lines.join("")}${UNSHARED}  --setenv PATH /a:/b:/b/:{HOME}:x\n`);
});

Deno.test("what redpak 2.5 swallows or crashes on is an error, in a dump of exit status 0", () => {
  using scratch = new Scratch();
  for (
    const [text, message] of [
      ["environ: [ { key: A, value: $(true) } ]", /the command "true" printed nothing/],
      ["environ: [ { key: A, value: $(/usr/bin/id -u) } ]", /restricted/],
      ["environ: [ { key: A, value: $NODE_INFO } ]\n", /it contains itself/],
      ["config: { hostname: \\$(id) }", /comes to a command/],
      ["exports: [ { mode: Tmpfs, mount: $NOTHING } ]", /it is empty/],
    ] as const
  ) {
    const node = scratch.node("n", text);
    scratch.file("n/etc/redpak.yaml", `headers: { alias: n, info: $NODE_INFO }\n${text}\n`);
    const { code, stdout, stderr } = redwrap(["-D", "-r", node], COMPAT);
    assert.deepEqual([code, stdout], [0, ""], text);
    assert.match(stderr, message);
    assert.match(stderr, /n\/etc\/redpak\.yaml:\d+:\d+/);
  }
});

Deno.test("long texts, values that are missing and files in libyaml's own spelling are fine", () => {
  using scratch = new Scratch();
  const long = "x".repeat(2000);
  const node = scratch.node("n", "");
  scratch.file(
    "n/etc/redpak.yaml",
    `headers: { alias: ! 'A@b' }
environ: [ { key: LONG, value: ${long} }, { key: NONE }, { key: "A=B", mode: Static, value: v } ]
exports: [ { mode: Symlink, mount: /self } ]
config: { gpgcheck: sure, verbose: 3 lines, share_net: enable, inherit-env: nope }
---
second: document
`,
  );
  scratch.file("n/.rednode.yaml", `realpath: ${node}\ntimestamp: -5\nstate: 1\n`);
  assert.equal(
    dumped(node, { warnings: /variable "NONE" of mode Default has no value; it is empty/ }),
    `  --symlink /self /self
  --setenv A=B v
  --setenv NONE${" "}
  --setenv LONG ${long}
${UNSHARED.replace("  --unshare-net\n", "")}`,
  );
});

Deno.test("what redpak 2.5 refuses stays refused, whatever is asked for", () => {
  using scratch = new Scratch();
  scratch.node("top", "config: { share_net: disabled, capabilities: [ { cap: CAP_KILL, add: 0 } ] }\n");
  const node = scratch.node("top/n", "config: { share_net: enabled, capabilities: [ { cap: cap_kill, add: 1 } ] }\n");
  for (const { code, stderr } of [redconf(["mergeconfig", node], COMPAT), redwrap(["-D", "-r", node])]) {
    assert.notEqual(code, 0);
    assert.match(stderr, /Cannot share the net namespace: disabled by .*top\/etc\/redpak\.yaml:5:/);
    assert.match(stderr, /Cannot add capability "cap_kill": dropped by .*top\/etc\/redpak\.yaml:5:/);
  }
});

Deno.test("each loosening is a warning with both places", () => {
  using scratch = new Scratch();
  scratch.node("top", "config: { share_all: disabled, new-session: Enabled }\n");
  const node = scratch.node("top/n", "config:\n  share_net: enabled\n  new-session: Disabled\n");
  const { stderr } = redwrap(["-D", "-r", node], COMPAT);
  assert.match(
    stderr,
    /share the net namespace: kept separate by .*top\/etc\/redpak\.yaml:5:\d+\n.*top\/n\/etc\/redpak\.yaml:6:/,
  );
  assert.match(
    stderr,
    /new-session to Disabled: Enabled by .*top\/etc\/redpak\.yaml:5:\d+\n.*top\/n\/etc\/redpak\.yaml:7:/,
  );
  assert.equal(redwrap(["-D", "-r", node]).code, 3);
});

const MERGED = {
  top: `config:
  gpgcheck: true
  verbose: 2
  hostname: $NODE_ALIAS-\\\\$FOO
  cachedir: $(printf made)
  share_all: EnAbled
  capabilities: [ { cap: Cap_Kill, add: 1 }, { cap: All, add: 0 } ]
environ: [ { key: K, mode: Execfd, value: "echo $X" }, { key: gone, mode: Remove, value: given } ]
exports: [ { mode: Tmpfs, mount: /B }, { mode: Symlink, mount: $NODE_PATH/$(false) } ]
`,
  leaf: `config:
  gpgcheck: off
  verbose: 0
  new-session: 0x7
  share_net: DISabled
  capabilities: [ { cap: CAP_kill, add: 1, warn: w } ]
environ: [ { key: k, value: $NODE_PATH } ]
exports: [ { mode: Tmpfs, mount: /b/ }, { mode: Anonymous, mount: /b } ]
`,
};

const mergedText = (compat: boolean, top: string) => {
  const yaml = `headers:
  alias: leaf
  name: n-leaf
  info: test
exports:
- mode: Symlink
  mount: $NODE_PATH/$(false)
${compat ? "- mode: Anonymous\n  mount: /b\n- mode: Tmpfs\n  mount: /b/\n" : ""}environ:
- mode: Remove
  key: gone
  value: given
- mode: Default
  key: k
  value: $NODE_PATH
config:
  cachedir: ${top}
  verbose: ${compat ? 2 : 0}
  map-root-user: 0
  gpgcheck: ${compat}
  unsafe: false
  inherit-env: false
  die-with-parent: Unset
  new-session: 7
  share_user: EnAbled
  share_cgroup: EnAbled
  share_net: DISabled
  share_pid: EnAbled
  share_ipc: EnAbled
  hostname: leaf-\\$FOO
  capabilities:
  - cap: All
    add: 0
  - cap: CAP_kill
    add: 1
`;
  return `----CONFIG ${yaml.length}\n${yaml}----\n`;
};

Deno.test("mergeconfig merges and runs as redpak 2.5 with REDPAK_COMPAT=1", () => {
  using scratch = new Scratch();
  scratch.node("top", MERGED.top);
  const leaf = scratch.node("top/leaf", MERGED.leaf);
  const { code, stdout, stderr } = redconf(["mergeconfig", leaf], COMPAT);
  assert.deepEqual([code, stderr, stdout], [0, "", mergedText(true, "made")]);
});

Deno.test("mergeconfig merges strictly and runs nothing without it, whatever files it can read", () => {
  using scratch = new Scratch();
  scratch.node("top", MERGED.top.replace("mode: Remove, value: given", "mode: Static, value: given"));
  const leaf = scratch.node("top/leaf", MERGED.leaf.replace("mount: /b/ }, { mode: Anonymous, mount: /b", "mount: /c"));
  const { code, stdout, stderr } = redconf(["mergeconfig", leaf]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /^ {2}gpgcheck: false$/m);
  assert.match(stdout, /^ {2}cachedir: \$\(printf made\)$/m);
  assert.match(stdout, /^ {2}key: K$[^]*^ {2}key: k$/m);
  assert.match(stdout, /^ {2}- cap: CAP_kill$/m);
});

Deno.test("redconf config prints words and numbers as the file has them", () => {
  using scratch = new Scratch();
  const node = scratch.node("n", MERGED.leaf);
  const { stdout } = redconf(["-y", "config", node]);
  assert.match(stdout, /^ {2}new-session: 7\n {2}share_net: DISabled$/m);
  assert.match(stdout, /^ {2}- cap: CAP_kill\n {4}add: 1\n {4}warn: w$/m);
});

rootTest("a node that only redpak 2.5 accepts runs", () => {
  using scratch = new Scratch();
  scratch.node("top", `${SYSTEM}  - { mode: Tmpfs, mount: /d/ }\n`);
  const node = scratch.node(
    "top/n",
    `exports: [ { mode: Execfd, mount: "/d//made", path: echo made }, { mode: Tmpfs, mount: "//e/" } ]
environ: [ { key: A }, { key: B, mode: Execfd, value: echo b } ]
config: { path: "/usr/bin:/bin", hostname: $NODE_ALIAS-\\\\$NODE_ALIAS, capabilities: [ { cap: cap_chown, add: 7 } ] }
`,
  );
  const script = 'hostname; cat /d/made; echo "<$A><$B>"; grep CapEff /proc/self/status; exit 3';
  const { code, stdout, stderr } = redwrap(["-r", node, "--", "sh", "-c", script], COMPAT);
  assert.equal(stdout, "n-$NODE_ALIAS\nmade\n<><b\n>\nCapEff:\t0000000000000001\n", stderr);
  assert.equal(code, 0);
});

rootTest("what cannot be launched fails with a clear error", () => {
  using scratch = new Scratch();
  const node = (text: string) => scratch.node("n", SYSTEM + text);
  for (
    const [text, message] of [
      ["config: { share_net: enable }\n", /Cannot join .*enable.*ENOENT/],
      ['config: { share_net: "" }\n', /Cannot join .*ENOENT/],
      ['environ: [ { key: "A=B", value: v } ]\n', /Cannot set variable "A=B"/],
      ['environ: [ { key: "", value: v } ]\n', /Cannot set variable ""/],
      ["  - { mode: Internal, mount: /f }\n", /needs the number of a file descriptor/],
    ] as const
  ) {
    const { stdout, stderr } = redwrap(["-r", node(text), "--", "/bin/true"], COMPAT);
    assert.equal(stdout, "");
    assert.match(stderr, message, text);
    assert.match(stderr, /n\/etc\/redpak\.yaml:\d+:/);
  }
});
