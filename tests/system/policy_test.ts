import assert from "node:assert/strict";
import { exists, PATH, redpak, rootTest, Scratch, SYSTEM } from "./_node.ts";
import { machine } from "./_policy.ts";
import { REDWRAP } from "./_programs.ts";

const POLICY = "/etc/redpak/policy.yaml";
const USER = 4242;

/** What {@link SYSTEM} needs, no network, one capability. */
const LIMITS = `limits:
  exports:
    - { mode: Restricted, mount: /usr }
    - { mode: Restricted, mount: /bin }
    - { mode: Restricted, mount: /lib }
    - { mode: Restricted, mount: /lib64 }
    - { mode: Procfs, mount: /proc }
    - { mode: Devfs, mount: /dev }
  config:
    share_net: disabled
    capabilities: [ { cap: CAP_KILL, add: 1 } ]
`;

const LOOSE = "  share_net: enabled\n  capabilities: [ { cap: CAP_CHOWN, add: 1 } ]\n";
const HOST = "  - { mode: Restricted, mount: /host, path: /srv }\n";

function node(scratch: Scratch, name = "n", exports = "", config = ""): string {
  return scratch.node(name, `${SYSTEM}${exports}${PATH}${config}`);
}

function codesOf(stdout: string): string[] {
  const nodes: { problems: { code: string }[] }[] = JSON.parse(stdout).data.nodes;
  return nodes.flatMap(({ problems }) => problems.map(({ code }) => code));
}

for (const uid of [0, USER]) {
  const who = uid === 0 ? "root" : "an unprivileged user";

  rootTest(`a node within the policy is planned, checked and run for ${who}`, () => {
    using scratch = new Scratch();
    const host = machine(scratch, LIMITS);
    const path = node(scratch, "n", "", "  capabilities: [ { cap: CAP_KILL, add: 1 } ]\n");
    assert.equal(host.redpak(["plan", path], uid).code, 0);
    assert.equal(host.redpak(["check", path], uid).code, 0);
    if (uid === 0) assert.equal(host.redpak(["run", path, "--", "true"]).code, 0);
  });

  rootTest(`plan, run and check refuse a node that exceeds the policy, with both places, for ${who}`, () => {
    using scratch = new Scratch();
    const host = machine(scratch, LIMITS);
    const path = node(scratch, "n", HOST, LOOSE);
    const file = `${path}/etc/redpak.yaml`;
    const lines = Deno.readTextFileSync(file).split("\n");
    const line = (text: string) => lines.findIndex((found) => found.includes(text)) + 1;
    for (const command of ["plan", "run"]) {
      const { code, stdout, stderr } = host.redpak([command, path, "--", "true"], uid);
      assert.deepEqual([code, stdout], [3, ""]);
      assert.deepEqual(stderr.trimEnd().split("\n"), [
        `redpak: Cannot share the net namespace: kept separate by ${POLICY}:10:16`,
        `  configured at ${file}:${line("share_net")}:14`,
        "  hint: share_net can be disabled here",
        `redpak: Cannot add capability "CAP_CHOWN": not granted by ${POLICY}:11:19`,
        `  configured at ${file}:${line("CAP_CHOWN")}:19`,
        "  hint: CAP_KILL can be added here",
        `redpak: Cannot export "/srv": not exported by ${POLICY}:3:5`,
        `  configured at ${file}:${line("/srv")}:5`,
        `  hint: what lies in "${path}" or is exported by the host policy can be exported here`,
      ]);
    }
    const { code, stdout } = host.redpak(["check", path, "--json"], uid);
    assert.deepEqual([code, codesOf(stdout)], [3, ["E_POLICY_NAMESPACE", "E_POLICY_CAPABILITY", "E_POLICY_EXPORT"]]);
    assert.equal(redpak(["check", path]).code, 0);
  });
}

rootTest("a descendant is judged, whatever its parents allow, and compatibility does not help", () => {
  using scratch = new Scratch();
  const host = machine(scratch, LIMITS);
  node(scratch, "n", HOST, "  share_net: enabled\n");
  const child = scratch.node("n/c", "");
  for (const compat of [[], ["--compat"]]) {
    const { code, stderr } = host.redpak(["plan", child, ...compat]);
    assert.equal(code, 3);
    assert.match(stderr, /Cannot share the net namespace: .*policy\.yaml.*\n(?:.*\n)+.*Cannot export "\/srv"/);
  }
});

rootTest("redwrap is held to the policy, also with REDPAK_COMPAT, --dump-only and --user", () => {
  using scratch = new Scratch();
  const limits = `${LIMITS}    set-user: ${USER}\n`;
  const host = machine(scratch, limits);
  const path = node(scratch, "n", "", `  set-user: ${USER}\n`);
  const redwrap = (words: string[], environment = {}) =>
    host.run([REDWRAP, "-r", path, ...words, "true"], 0, environment);
  assert.deepEqual([redwrap([]).code, redwrap(["-D"]).code], [0, 0]);
  for (const words of [["--user=0"], ["-D", "--user=0"], ["--group=0"]]) {
    for (const compat of ["", "merge"]) {
      const { code, stdout, stderr } = redwrap(words, { REDPAK_COMPAT: compat });
      assert.deepEqual([code, stdout], [3, ""]);
      assert.match(
        stderr,
        /Cannot run as (?:user|group) 0: the (?:user|group) is 4242 by \/etc\/redpak\/policy\.yaml:12:15/,
      );
      assert.match(stderr, /configured at command line:1:1/);
    }
  }
  scratch.node("n", `${SYSTEM}${HOST}${PATH}`);
  // Its exit status is 0 then, whatever happens.
  assert.match(redwrap([], { REDPAK_COMPAT: "1" }).stderr, /Cannot export "\/srv"/);
});

for (
  const [by, policy, flags] of [[`${POLICY}:1:11`, "commands: forbid\n", []], ["--no-exec", "{}\n", [
    "--no-exec",
  ]]] as const
) {
  rootTest(`commands forbidden by ${by} are listed, and none is run`, () => {
    using scratch = new Scratch();
    const host = machine(scratch, policy);
    // Commands run without privileges.
    const mark = scratch.file("open/ran", "").replace("ran", "mark");
    Deno.chmodSync(`${scratch.path}/open`, 0o777);
    const touch = `touch ${mark}; printf x`;
    const exports =
      `  - { mode: Execfd, mount: /file, path: "${touch}" }\n  - { mode: Tmpfs, mount: "/d$(${touch})" }\n`;
    const path = node(scratch, "n", exports);
    for (const more of [[], ["--dry-run"], ["--compat"]]) {
      const { code, stdout, stderr } = host.redpak(["run", path, ...flags, ...more, "--", "true"]);
      assert.deepEqual([code, stdout], [3, ""]);
      assert.equal(stderr.split(`forbidden by ${by}\n  configured at ${path}/etc/redpak.yaml:`).length, 3, stderr);
    }
    assert.equal(exists(mark), false);
  });
}

rootTest("without a policy against them the same commands run", () => {
  using scratch = new Scratch();
  const open = scratch.file("open/x", "").replace("/x", "");
  Deno.chmodSync(open, 0o777);
  const path = node(scratch, "n", `  - { mode: Tmpfs, mount: "/d$(touch ${open}/mark; printf x)" }\n`);
  assert.equal(machine(scratch, "commands: allow\n").redpak(["run", path, "--", "test", "-d", "/dx"]).code, 0);
  assert.equal(exists(`${open}/mark`), true);
  assert.equal(redpak(["run", path, "--no-exec", "--", "true"]).code, 3);
});

rootTest("only the owners that the policy lists are trusted, the launching user is not one of them by itself", () => {
  using scratch = new Scratch();
  const path = node(scratch);
  const own = (uid: number) => {
    for (const name of ["", "/etc", "/etc/redpak.yaml", "/.rednode.yaml"]) Deno.chownSync(path + name, uid, uid);
  };
  const owners = (list: string) => machine(scratch, `owners: [${list}]\n`);
  own(USER);
  assert.equal(owners(`root, ${USER}`).redpak(["plan", path]).code, 0);
  for (const uid of [0, USER]) {
    const { code, stderr } = owners("root").redpak(["plan", path], uid);
    assert.equal(code, 3);
    assert.match(stderr, /it belongs to user 4242, who is neither root nor listed by \/etc\/redpak\/policy\.yaml:1:9/);
    assert.deepEqual(
      new Set(codesOf(owners("root").redpak(["check", path, "--json"], uid).stdout)),
      new Set(["E_NOT_TRUSTED"]),
    );
  }
  own(0);
  assert.equal(owners("").redpak(["plan", path], USER).code, 0);
});

const policyFile = (etc: string) => `${etc}/redpak/policy.yaml`;

/** Ways in which somebody else than root could have written a policy. */
const UNTRUSTED: Readonly<Record<string, (etc: string) => void>> = {
  "belongs to somebody else": (etc) => Deno.chownSync(policyFile(etc), USER, 0),
  "can be written by its group": (etc) => Deno.chmodSync(policyFile(etc), 0o664),
  "is in a directory of somebody else": (etc) => Deno.chownSync(`${etc}/redpak`, USER, 0),
  "is in a directory where everybody can write": (etc) => Deno.chmodSync(`${etc}/redpak`, 0o1777),
  "is below a directory that others can write": (etc) => Deno.chmodSync(etc, 0o775),
  "is a link": (etc) => {
    Deno.renameSync(policyFile(etc), `${etc}/elsewhere.yaml`);
    Deno.symlinkSync("../elsewhere.yaml", policyFile(etc));
  },
  "is a link to nothing": (etc) => {
    Deno.removeSync(policyFile(etc));
    Deno.symlinkSync("nowhere", policyFile(etc));
  },
  "is in a directory that is a link": (etc) => {
    Deno.renameSync(`${etc}/redpak`, `${etc}/elsewhere`);
    Deno.symlinkSync("elsewhere", `${etc}/redpak`);
  },
};

for (const [what, prepare] of Object.entries(UNTRUSTED)) {
  rootTest(`with a policy that ${what} nothing is started`, () => {
    using scratch = new Scratch();
    const path = node(scratch);
    const host = machine(scratch, "{}\n", prepare);
    for (const words of [["run", path, "--", "true"], ["plan", path], ["check", path]]) {
      const { code, stdout, stderr } = host.redpak(["--json", ...words]);
      const { code: name, message } = JSON.parse(stderr);
      assert.deepEqual([code, stdout, name], [3, "", "E_POLICY_NOT_TRUSTED"]);
      assert.match(message, /^Cannot trust "\/etc(?:\/redpak(?:\/policy\.yaml)?)?": /);
    }
  });
}

rootTest("with a policy that is wrong nothing is started, and each mistake has its place", () => {
  using scratch = new Scratch();
  const path = node(scratch);
  for (
    const [policy, problem] of [
      ["limits:\n  config:\n    share_nte: disabled\n", 'policy.yaml:3:5\n  hint: did you mean "share_net"?'],
      ["commands: [\n", "policy.yaml:2:1"],
      ["", "the file is empty"],
      ["limits: { config: { capabilities: [ { cap: CAP_KIL, add: 1 } ] } }\n", 'hint: did you mean "CAP_KILL"?'],
      ["owners: [ nobody-here ]\n", 'Cannot trust user "nobody-here": this machine knows no such user'],
    ] as const
  ) {
    for (const command of ["run", "plan", "check"]) {
      const { code, stdout, stderr } = machine(scratch, policy).redpak([command, path]);
      assert.deepEqual([code, stdout], [3, ""]);
      assert(stderr.includes(problem), stderr);
    }
  }
});

rootTest("with a policy that the caller may not read nothing is started", () => {
  using scratch = new Scratch();
  const path = node(scratch);
  for (const name of ["redpak", "redpak/policy.yaml"]) {
    using other = new Scratch();
    const host = machine(other, "{}\n", (etc) => Deno.chmodSync(`${etc}/${name}`, 0o700));
    assert.equal(host.redpak(["plan", path]).code, 0);
    const { code, stderr } = host.redpak(["plan", path], USER);
    assert.equal(code, 5);
    assert.match(stderr, /"\/etc\/redpak\/policy\.yaml": permission denied \(EACCES\)/);
  }
});

rootTest("a machine without the file, or without its directory, has no policy", () => {
  using scratch = new Scratch();
  const path = node(scratch, "n", HOST, LOOSE);
  assert.equal(machine(scratch, "", (etc) => Deno.removeSync(policyFile(etc))).redpak(["plan", path]).code, 0);
  const without = machine(scratch, "", (etc) => Deno.removeSync(`${etc}/redpak`, { recursive: true }));
  assert.equal(without.redpak(["plan", path]).code, 0);
});

Deno.test("redpak prints the policy's schema and explains it", () => {
  const { data } = JSON.parse(redpak(["schema", "policy", "--json"]).stdout);
  assert.deepEqual(Object.keys(data.properties), ["limits", "commands", "owners", "certificate"]);
  assert.match(redpak(["help", "policy"]).stdout, /\/etc\/redpak\/policy\.yaml|outermost doll/);
});
