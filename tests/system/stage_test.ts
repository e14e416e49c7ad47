import assert from "node:assert/strict";
import { ALL_CAPABILITIES, BASE, NO_CAPABILITIES, run, start } from "./_staged_node.ts";

/** All of these need a caller who may mount. */
function test(claim: string, body: () => Promise<void>): void {
  const ignore = Deno.uid() !== 0;
  if (ignore) console.warn(`skipped, needs root: ${claim}`);
  Deno.test({ name: claim, ignore, fn: body });
}

/** Limits of a tmpfs that does not matter. */
const ROOMY = { size: 2n ** 24n, inodes: 4096 } as const;

const shell = (script: string) => ["sh", "-c", script];

test("the exit code is the program's", async () => {
  for (const code of [0, 7, 255]) {
    const ended = await run({ program: shell(`exit ${code}`) });
    assert.deepEqual([ended.code, ended.stderr], [code, ""]);
  }
});

test("a program killed by a signal gives 128 and the signal", async () => {
  const ended = await run({ program: shell("kill -KILL $$"), report: true });
  assert.equal(ended.code, 137);
  assert.match(ended.report, /^{"event":"started","pid":\d+}\n{"event":"exited","code":137,"signal":9}\n$/);
});

test("a program that does not exist gives 127, with where it was configured", async () => {
  for (const program of ["nothing", "/usr/bin/nothing", "/etc/file/nothing", ""]) {
    const ended = await run({ program: [program] });
    assert.equal(ended.code, 127, ended.stderr);
    assert.match(
      ended.stderr,
      /^redpak: Cannot execute ".*": .* \((ENOENT|ENOTDIR)\)\n {2}configured at \/etc\/redpak.yaml:12:5\n$/,
    );
  }
});

test("a program that cannot be executed gives 126", async () => {
  const prepare =
    `printf '#!/no/such/interpreter\\n' >etc/script; printf 'text' >etc/text; chmod 755 etc/script etc/text;`;
  for (
    const [program, errno] of [["/etc/file", "EACCES"], ["/usr", "EACCES"], ["/etc/script", "ENOENT"], [
      "/etc/text",
      "ENOEXEC",
    ]]
  ) {
    const ended = await run({ program: [program!] }, prepare);
    assert.equal(ended.code, 126, ended.stderr);
    assert.match(ended.stderr, new RegExp(`^redpak: Cannot execute "${program}": .* \\(${errno}\\)\n`));
  }
});

test("a program that may not be executed in one directory of PATH is looked for in the next", async () => {
  const ended = await run({ program: ["true"], environment: ["PATH=/etc:/nothing:/usr/bin"] }, "echo >etc/true;");
  assert.equal(ended.code, 0, ended.stderr);
});

test("the program is pid 2 under a PID 1 without terminal, alone in a new procfs", async () => {
  const ended = await run({ program: shell("echo $$; ls /proc | grep '^[0-9]'") });
  assert.match(ended.stdout, /^2\n1\n2\n(\d+\n)*$/);
});

test("the mount tree holds what the plan says and nothing of the caller's", async () => {
  const ended = await run({
    program: shell("cut -d' ' -f5 /proc/self/mountinfo; ls /; cat /proc/sys/kernel/hostname"),
    mounts: [
      { operation: "procfs", destination: "/proc", onlyPids: false },
      { operation: "tmpfs", destination: "/made/tmp", mode: 0o1777, uid: 0, gid: 0, options: ["nosuid"], ...ROOMY },
      { operation: "mqueue", destination: "/dev/mqueue" },
      { operation: "devpts", destination: "/dev/pts" },
    ],
  });
  assert.equal(
    ended.stdout,
    "/\n/usr\n/proc\n/made/tmp\n/dev/mqueue\n/dev/pts\n" +
      "bin\ndev\netc\nlib\nlib64\nmade\nproc\nsbin\nusr\nwritable\ndoll\n",
  );
});

test("mounts have the options of the plan", async () => {
  const ended = await run({
    program: shell("cut -d' ' -f5,6 /proc/self/mountinfo; stat -c '%a %u %g' /t"),
    mounts: [
      { operation: "procfs", destination: "/proc", onlyPids: false },
      {
        operation: "tmpfs",
        destination: "/t",
        mode: 0o1750,
        uid: 3,
        gid: 4,
        options: ["ro", "nosuid", "nodev", "noexec"],
        ...ROOMY,
      },
    ],
  });
  assert.match(ended.stdout, /^\/proc rw,nosuid,nodev,noexec/m);
  assert.match(ended.stdout, /^\/t ro,nosuid,nodev,noexec/m);
  assert.match(ended.stdout, /^1750 3 4$/m);
});

test("what is protected is read-only, also a file, and what is missing is no failure", async () => {
  const ended = await run({
    program: shell(
      "grep -E ' /(proc|etc)' /proc/self/mountinfo | cut -d' ' -f5,6; echo x >/etc/file; echo no >/proc/sys/kernel/hostname",
    ),
    mounts: [
      { operation: "procfs", destination: "/proc", onlyPids: false },
      { operation: "protect", destination: "/proc/sys" },
      { operation: "protect", destination: "/etc/file" },
      { operation: "protect", destination: "/etc/missing" },
    ],
  });
  assert.match(ended.stdout, /^\/proc\/sys ro,nosuid,nodev,noexec/m);
  assert.match(ended.stdout, /^\/etc\/file ro,nosuid,nodev,noexec/m);
  assert.equal(ended.stderr.match(/Read-only file system/g)?.length, 2, ended.stderr);
});

test("directories and links are made once, with owner and mode, and parents on the way", async () => {
  const ended = await run({
    program: shell("stat -c '%n %a %u %g' /a /a/b /etc; readlink /a/link"),
    mounts: [
      { operation: "directory", destination: "/a/b", mode: 0o2770, uid: 5, gid: 6 },
      { operation: "directory", destination: "/etc", mode: 0o700, uid: 5, gid: 6 },
      { operation: "symlink", target: "b", destination: "/a/link" },
      { operation: "symlink", target: "b", destination: "/a/link" },
    ],
  });
  assert.equal(ended.stdout, "/a 755 0 0\n/a/b 2770 5 6\n/etc 755 0 0\nb\n", ended.stderr);
});

test("a symbolic link in the way of a destination stops the launch", async () => {
  for (const destination of ["/link/inside", "/link", "/etc/../made", "relative"]) {
    const ended = await run({
      program: ["true"],
      mounts: [{ operation: "tmpfs", destination, mode: 0o755, uid: 0, gid: 0, options: [], ...ROOMY }],
    }, "ln -s writable link;");
    assert.equal(ended.code, 125, destination);
    assert.match(ended.stderr, destination.startsWith("/link") ? /\(ELOOP\)\n {2}hint: / : /\(EINVAL\)/);
  }
});

test("a source that has not been taken yet is the caller's, also after the change of the root", async () => {
  const bind = (path: string, optional = false) => (
    {
      operation: "bind",
      source: { path },
      destination: "/x",
      options: ["ro"],
      optional,
      isFile: false,
      isDevice: false,
    } as const
  );
  const program = shell("ls /x/bin/sh; touch /x/file");
  const ended = await run({ program, mounts: [bind("/usr"), bind("/absent", true)] });
  assert.match(ended.stdout, /^\/x\/bin\/sh$/m);
  assert.match(ended.stderr, /Read-only file system/);
  assert.match(
    (await run({ program, mounts: [bind("/absent")] })).stderr,
    /^redpak: Cannot bind "\/absent": .* \(ENOENT\)/,
  );
});

test("a failed step is named with its object, its errno, its origin and a hint", async () => {
  const namespaces = ["user", "mount"] as const;
  const ended = await run({ program: ["true"], namespaces, report: true });
  assert.equal(ended.code, 125);
  assert.equal(
    ended.stderr,
    'redpak: Cannot mount "/proc": operation not permitted (EPERM)\n  configured at /etc/redpak.yaml:12:5\n' +
      "  hint: it needs a pid namespace of its own, and nothing mounted over the caller's /proc\n",
  );
  assert.deepEqual(JSON.parse(ended.report), {
    event: "setup-failed",
    operation: "procfs",
    object: "/proc",
    errno: "EPERM",
    file: "/etc/redpak.yaml",
    line: 12,
    column: 5,
    code: 125,
  });
});

test("a label is written to the kernel's /proc or nowhere", async () => {
  const label = (module: string, label: string) => {
    const identity = [{ operation: "exec-label", module, label } as const];
    return { program: ["true"], namespaces: ["mount"], mounts: [], identity } as const;
  };
  const fake = 'mount -t tmpfs fake /proc; for dir in apparmor .; do mkdir -p "/proc/thread-self/attr/$dir"; ' +
    'touch "/proc/thread-self/attr/$dir/exec"; done; mkdir /proc/self;';
  const refused = (errno: string, hint: string, text: string) =>
    new RegExp(`^redpak: Cannot apply the label "${text}": .* \\(${errno}\\)\n {2}hint: ${hint}\n$`);
  for (const [module, text] of [["apparmor", "node"], ["selinux", "u:r:t:s0"]] as const) {
    const [swallowed, absent] = [
      await run(label(module, text), fake),
      await run(label(module, text), "umount -l /proc;"),
    ];
    assert.deepEqual([swallowed.code, absent.code], [125, 125]);
    assert.match(swallowed.stderr, refused("EXDEV", "the caller's /proc is no procfs, or partly covered", text));
    assert.match(absent.stderr, refused("EBADF", "the caller's /proc is no procfs, or partly covered", text));
    // Whatever modules this kernel has, none knows it.
    const unknown = await run(label(module, `${text}-of-nobody`));
    assert.equal(unknown.code, 125);
    assert.match(unknown.stderr, /^redpak: Cannot apply the label ".*-of-nobody": .* \((EINVAL|ENOENT)\)\n {2}hint: /);
  }
  const long = await run(label("apparmor", "x".repeat(256)));
  assert.match(long.stderr, /\(ENAMETOOLONG\)/);
});

test("names cannot send control sequences to a terminal, nor break a line of JSON", async () => {
  const ended = await run({ program: ['/\x1b[31m"\\\n\u009b'], report: true });
  assert.match(ended.stderr, /^redpak: Cannot execute "\/\\x1b\[31m"\\\\x0a.\\x9b": /);
  assert.equal(JSON.parse(ended.report).object, '/\x1b[31m"\\\n\u009b');
});

test("the environment is the plan's, with PWD for the first directory that can be entered", async () => {
  const environment = ["A=b", "EMPTY=", "PWD=/wrong", "PATH=/usr/bin"];
  const ended = await run({
    program: ["env"],
    environment,
    directories: ["/missing", "/etc/file", "/usr/bin", "/etc"],
  });
  assert.equal(ended.stdout, "A=b\nEMPTY=\nPWD=/usr/bin\nPATH=/usr/bin\n");
  const added = await run({ program: ["env"], environment: ["PATH=/usr/bin"] });
  assert.equal(added.stdout, "PATH=/usr/bin\nPWD=/\n");
});

test("without a directory that can be entered, the first is named", async () => {
  const ended = await run({ program: ["true"], directories: ["/missing", "/etc/file"] });
  assert.equal(ended.code, 125);
  assert.match(ended.stderr, /^redpak: Cannot enter directory "\/missing": no such file or directory \(ENOENT\)/);
});

test("no descriptor reaches the program but 0, 1 and 2", async () => {
  const ended = await run({ program: shell("ls /proc/self/fd"), report: true }, "exec 5</etc/passwd 7</;");
  assert.equal(ended.stdout, "0\n1\n2\n3\n"); // 3 is what ls reads
});

test("closed standard descriptors are /dev/null for the program", async () => {
  const script = "for fd in 0 1 2; do [ $(stat -Lc %t:%T /proc/$$/fd/$fd) = 1:3 ] || exit 1; done; exit 9";
  const ended = await run({ program: shell(script) }, "", "<&- >&- 2>&-");
  assert.equal(ended.code, 9);
});

test("ids are mapped as planned, and groups are dropped", async () => {
  const maps = [{ inside: 0, outside: BASE, count: 10 }, { inside: 1000, outside: BASE + 1000, count: 1 }];
  const ended = await run({
    program: shell(
      "cat /proc/self/uid_map; grep -E '^(Uid|Gid|Groups)' /proc/self/status; touch /writable/f; stat -c %u:%a /writable/f",
    ),
    uidMaps: maps,
    identity: [{ operation: "identity", uid: 1000, gid: 1000, groups: [], dropGroups: true }, NO_CAPABILITIES],
  });
  const words = ended.stdout.split("\n").map((line) => line.trim().split(/\s+/).join(" "));
  assert.deepEqual(words, [
    `0 ${BASE} 10`,
    `1000 ${BASE + 1000} 1`,
    "Uid: 1000 1000 1000 1000",
    "Gid: 1000 1000 1000 1000",
    "Groups:",
    "1000:640",
    "",
  ]);
});

test("an id without mapping stops the launch", async () => {
  const ended = await run({
    program: ["true"],
    identity: [{ operation: "identity", uid: 70_000, gid: 0, groups: [], dropGroups: true }],
  });
  assert.equal(ended.code, 125);
  assert.match(ended.stderr, /^redpak: Cannot change to "70000:0": invalid argument \(EINVAL\)\n {2}hint: ids must/);
});

test("capability sets are those of the plan", async () => {
  const program = shell("grep ^Cap /proc/self/status | cut -f2");
  const identity = { operation: "identity", uid: 7, gid: 7, groups: [], dropGroups: true } as const;
  const none = await run({ program });
  assert.deepEqual(new Set(none.stdout.trim().split("\n")), new Set(["0000000000000000"]));

  const chown = ["CAP_CHOWN"] as const;
  const granted = await run({
    program,
    identity: [identity, {
      operation: "capabilities",
      bounding: ["CAP_CHOWN", "CAP_NET_RAW"],
      effective: chown,
      permitted: chown,
      inheritable: chown,
      ambient: chown,
    }],
  });
  assert.equal(
    granted.stdout,
    "0000000000000001\n0000000000000001\n0000000000000001\n0000000000002001\n0000000000000001\n",
    granted.stderr,
  );
});

test("privileges that were dropped do not come back", async () => {
  const ended = await run({
    program: shell("grep NoNewPrivs /proc/self/status; mount -t tmpfs x /writable; umount /usr"),
  });
  assert.match(ended.stdout, /^NoNewPrivs:\t1\n$/);
  assert.notEqual(ended.code, 0);
});

test("limits, umask and session are set", async () => {
  const ended = await run({
    program: shell("ulimit -n; ulimit -c; umask; cut -d' ' -f5,6 /proc/self/stat"),
    identity: [
      { operation: "rlimit", resource: 7, soft: 64n, hard: 128n, unless: "" },
      { operation: "rlimit", resource: 4, soft: 0n, hard: 0xffff_ffff_ffff_ffffn, unless: "pids.max" },
    ],
  });
  assert.equal(ended.stdout, "64\n0\n0027\n2 2\n", ended.stderr);
});

test("a shared user namespace keeps ids, and capabilities of the plan still apply", async () => {
  const ended = await run({
    program: shell("cat /proc/self/uid_map; grep CapEff /proc/self/status"),
    namespaces: ["mount", "pid", "ipc", "uts", "net"],
  });
  assert.match(ended.stdout, /^ *0 +0 +4294967295\nCapEff:\t0000000000000000\n$/, ended.stderr);
});

test("signals sent to the supervisor reach the program", async () => {
  for (
    const [signal, number] of [["SIGTERM", 15], ["SIGINT", 2], ["SIGHUP", 1], ["SIGUSR1", 10], [
      "SIGWINCH",
      28,
    ]] as const
  ) {
    await using node = start({
      program: shell(`trap 'echo ${signal}; exit 3' ${number}; echo ready; while :; do sleep 0.01; done`),
    });
    assert.equal(await node.line(), "ready");
    node.process.kill(signal);
    assert.equal(await node.line(), signal);
    assert.equal((await node.process.status).code, 3);
  }
});

test("a signal ends a program that has changed its user", async () => {
  await using node = start({
    program: ["setpriv", "--reuid", "33", "--clear-groups", "sh", "-c", "echo ready; exec sleep 1000"],
    identity: [ALL_CAPABILITIES],
  });
  assert.equal(await node.line(), "ready");
  node.process.kill("SIGTERM");
  assert.equal((await node.process.status).code, 143);
});

test("a signal that the program dies of is reported as such", async () => {
  await using node = start({ program: shell("echo ready; exec sleep 1000") });
  assert.equal(await node.line(), "ready");
  node.process.kill("SIGTERM");
  assert.equal((await node.process.status).code, 143);
  assert.deepEqual((await node.reported(2))[1], { event: "exited", code: 143, signal: 15 });
});

test("PID 1 reaps 200 orphans", async () => {
  const orphans = "i=0; while [ $i -lt 200 ]; do (true &) ; i=$((i+1)); done";
  // Orphans may still be running when the loop is over: it is enough that they are gone some time.
  const wait = "for try in $(seq 1000); do grep -qs '^State:.Z' /proc/[0-9]*/status || exit 8; done; exit 9";
  const ended = await run({ program: shell(`${orphans}; ${wait}`) });
  assert.equal(ended.code, 8, ended.stderr);
});

test("background processes end with the program", async () => {
  const namespaces = [["user", "mount", "pid", "ipc", "uts", "net"], ["mount", "ipc", "uts", "net"]] as const;
  for (const shared of namespaces) {
    // The output of the node ends only when no process of it is left.
    const ended = await run(
      {
        program: shell("for i in 1 2 3; do setsid sh -c 'sleep 1000 & exec sleep 1000' & done; exit 4"),
        namespaces: shared,
        mounts: shared.includes("pid" as never) ? undefined : [],
      } as Parameters<typeof run>[0],
    );
    assert.equal(ended.code, 4, ended.stderr);
  }
});

test("the stage is what it should be while the program runs", async () => {
  await using node = start({ program: shell("echo ready; read line") });
  assert.equal(await node.line(), "ready");
  const [started] = await node.reported(1);
  const program = started!.pid as number;
  const init = Number(Deno.readTextFileSync(`/proc/${program}/status`).match(/PPid:\t(\d+)/)![1]);
  const status = Deno.readTextFileSync(`/proc/${init}/status`);
  assert.match(status, /^NSpid:\t\d+\t1$/m);
  assert.match(status, /^CapPrm:\t0000000000000020$/m); // CAP_KILL
  assert.match(status, /^NoNewPrivs:\t1$/m);
  const targets = [...Deno.readDirSync(`/proc/${init}/fd`)].map(({ name }) =>
    Deno.readLinkSync(`/proc/${init}/fd/${name}`)
  );
  assert.deepEqual(targets.map((target) => target.replace(/[:[].*/, "")).sort(), ["anon_inode", "socket"]);
  assert.equal(Deno.readTextFileSync(`/proc/${node.process.pid}/environ`).includes("PATH=/usr/bin:/bin"), false);

  const pss = [init, node.process.pid].map((pid) =>
    Number(Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`).match(/^Pss: +(\d+)/m)![1])
  );
  assert.ok(pss[0]! + pss[1]! < 40, `${pss} KiB`);
  await node.write("\n");
});

test("no process outlives a killed supervisor", async () => {
  for (const namespaces of [["user", "mount", "pid", "ipc", "uts", "net"], ["mount", "ipc", "uts", "net"]] as const) {
    await using node = start({
      program: shell("setsid sleep 1000 & echo ready; exec sleep 1000"),
      namespaces,
      ...(namespaces.length === 4 ? { mounts: [] } : {}),
    });
    assert.equal(await node.line(), "ready");
    node.process.kill("SIGKILL");
    assert.equal(await node.line(), undefined);
  }
});

/** The call that init makes between the start of the program and the wait for its end. */
const SLOW_INIT = `{
strace -f -q -o /dev/null -e trace=signalfd4 -e inject=signalfd4:delay_enter=300000 -p $$ </dev/null >/dev/null 2>&1 9>&1 &
until grep -q 'TracerPid:.[1-9]' /proc/$$/status; do :; done;
} &&`;

test("no process outlives a supervisor that is killed while the program runs and init is not ready for its end", async () => {
  await using node = start(
    {
      program: shell("setsid sleep 1000 & echo ready; exec sleep 1000"),
      namespaces: ["mount", "ipc", "uts", "net"],
      mounts: [],
    },
    SLOW_INIT,
  );
  assert.equal(await node.line(), "ready");
  node.process.kill("SIGKILL");
  assert.equal(await node.line(), undefined);
});

test("a supervisor killed at any moment of the set-up leaves no process", async () => {
  for (let moment = 0; moment < 60; moment++) {
    await using node = start({ program: shell("read line") });
    // Not a measurement: the claim holds at every moment, this only tries many of them.
    await new Promise((done) => setTimeout(done, moment / 2));
    node.process.kill("SIGKILL");
    await node.process.status;
    assert.equal(await node.line(), undefined);
  }
});
