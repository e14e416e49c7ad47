/**
 * The tests of launches once more, on kernels that lack system calls: tests and redpak run behind a filter that answers
 * ENOSYS. A few files in each run; REDPAK_OLD_KERNELS=all for every file that launches nodes, with each call missing.
 */
import assert from "node:assert/strict";
import { compile } from "./_compile.ts";
import { exec, isRoot } from "./_node.ts";
import { callNumbers } from "./_stage_alone.ts";

const TESTS = new URL("..", import.meta.url).pathname;

interface Run {
  readonly missing: readonly string[];
  readonly files: readonly string[];
  /** Of the names of tests. */
  readonly filter?: string;
}

/** Root's nodes have ids of their own, and what they can write of the host has to be id-mapped: Linux 5.12. */
const BY_USERS = "/by a user|as an ordinary user/";

const FEW: readonly Run[] = [
  { missing: ["openat2", "clone3"], files: ["system/attack_test"] },
  { missing: ["openat2", "clone3", "mount_setattr"], files: ["system/user_test"] },
  { missing: ["mount_setattr"], files: ["security/probe_test"], filter: BY_USERS },
];

function all(): Run[] {
  const files = ["system", "security"].flatMap((folder) =>
    [...Deno.readDirSync(TESTS + folder)].map(({ name }) => `${folder}/${name}`)
  ).filter((name) => name.endsWith("_test.ts") && !import.meta.url.endsWith(name))
    .filter((name) => /_node\.ts|_host_phase\.ts|_scene\.ts/.test(Deno.readTextFileSync(TESTS + name)))
    .map((name) => name.replace(/\.ts$/, "")).sort();
  return [
    ...["openat2", "clone3"].map((call) => ({ missing: [call], files })),
    { missing: ["mount_setattr"], files: ["system/user_test"] },
    {
      missing: ["mount_setattr"],
      files: files.filter((file) => /CALLERS|asEach|testForAll/.test(Deno.readTextFileSync(`${TESTS}${file}.ts`))),
      filter: BY_USERS,
    },
  ];
}

// The numbers are those of x86_64, and only root can have the filter without no_new_privs.
const ignore = !isRoot || Deno.build.arch !== "x86_64";
if (ignore) console.log("skipped: tests on older kernels need root and x86_64");

for (const { missing, files, filter } of Deno.env.get("REDPAK_OLD_KERNELS") === "all" ? all() : FEW) {
  for (const file of files) {
    Deno.test(
      { name: `without ${missing.join(", ")}: ${file}${filter === undefined ? "" : ` ${filter}`}`, ignore },
      async () => {
        const filtered = filter === undefined ? [] : ["--filter", filter];
        const command = [
          ...[Deno.execPath(), "test", "--no-check", "--no-prompt", "--permit-no-files", "-P=system"],
          ...[...filtered, `${TESTS}${file}.ts`],
        ];
        const args = [...callNumbers(missing), "--", ...command];
        const env = { REDPAK_MISSING: missing.join(), NO_COLOR: "1" };
        const { code, stdout, stderr } = exec(await compile("enosys.c"), args, { env });
        assert.equal(code, 0, stdout + stderr);
        const summary = /^ok \| (\d+) passed .*$/m.exec(stdout);
        assert.ok(Number(summary?.[1]) > 0, stdout);
        console.log(summary?.[0]);
      },
    );
  }
}
