/** The numbers in ffi/libc against a C compiler. */
import assert from "node:assert/strict";
import {
  __WALL,
  AT_FDCWD,
  CGROUP2_SUPER_MAGIC,
  FICLONE,
  PIPEFS_MAGIC,
  POLLIN,
  PROC_SUPER_MAGIC,
  SIGCONT,
  SIGKILL,
  SIGTERM,
  TABLES,
} from "../../ffi/libc/constants.ts";
import { ERRNO_NAMES } from "../../ffi/libc/errno.ts";
import { STATFS_LAYOUT, STATX_DETAILS_LAYOUT, STATX_LAYOUT } from "../../ffi/libc/file_status.ts";
import { MOUNT_ATTR_SIZE, OPEN_HOW_SIZE, SYSTEM_CALLS } from "../../ffi/libc/system_calls.ts";
import { evaluateC } from "./_evaluate_c.ts";

const HEADERS = `
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/fs.h>
#include <linux/landlock.h>
#include <linux/magic.h>
#include <linux/memfd.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#ifndef CLONE_NEWTIME
#include <linux/sched.h>
#endif
`;

/** Constants that the headers define as members of an enum. */
const ENUMS = new Set([
  "BPF_PROG_LOAD",
  "BPF_PROG_ATTACH",
  "BPF_PROG_GET_FD_BY_ID",
  "BPF_PROG_QUERY",
  "BPF_PROG_TYPE_CGROUP_DEVICE",
  "BPF_CGROUP_DEVICE",
  "FSCONFIG_SET_FLAG",
  "FSCONFIG_SET_STRING",
  "FSCONFIG_CMD_CREATE",
  "MS_NOSYMFOLLOW",
  "ST_RDONLY",
]);

/** Newer than the headers of the oldest supported build machine. */
const NEW = ["MFD_EXEC"];

function compare(expected: Readonly<Record<string, number>>, found: ReadonlyMap<string, number>): void {
  for (const [name, value] of Object.entries(expected)) {
    if (!found.has(name)) assert(NEW.includes(name), `the headers do not know ${name}`);
    else assert.equal(value, found.get(name), name);
  }
}

Deno.test("constants are those of the headers", async () => {
  const expected: Record<string, number> = {
    __WALL,
    AT_FDCWD,
    CGROUP2_SUPER_MAGIC,
    FICLONE,
    POLLIN,
    PIPEFS_MAGIC,
    PROC_SUPER_MAGIC,
    SIGCONT,
    SIGKILL,
    SIGTERM,
    ...ERRNO_NAMES,
  };
  for (const [prefix, table] of Object.entries(TABLES)) {
    for (const [name, value] of Object.entries(table)) expected[`${prefix}_${name}`] = value;
  }
  compare(
    expected,
    await evaluateC(HEADERS, Object.fromEntries(Object.keys(expected).map((name) => [name, name])), ENUMS),
  );
});

Deno.test("offsets and sizes of structs are those of the headers", async () => {
  const expected: Record<string, number> = { "open_how.size": OPEN_HOW_SIZE, "mount_attr.size": MOUNT_ATTR_SIZE };
  const expressions: Record<string, string> = {
    "open_how.size": "sizeof(struct open_how)",
    "mount_attr.size": "sizeof(struct mount_attr)",
  };
  const add = (struct: string, layout: Readonly<Record<string, number>>, member: (name: string) => string) => {
    for (const [name, value] of Object.entries(layout)) {
      expected[`${struct}.${name}`] = value;
      expressions[`${struct}.${name}`] = name === "size"
        ? `sizeof(struct ${struct})`
        : `offsetof(struct ${struct}, ${member(name)})`;
    }
  };
  add("statx", STATX_LAYOUT, (name) => `stx_${name}`);
  add("statx", STATX_DETAILS_LAYOUT, (name) => name === "fileSize" ? "stx_size" : `stx_${name}`);
  const inStatfs: Readonly<Record<string, string>> = { blockSize: "f_bsize", available: "f_bavail" };
  add("statfs", STATFS_LAYOUT, (name) => inStatfs[name] ?? `f_${name}`);
  compare(expected, await evaluateC(HEADERS, expressions, ENUMS));
});

Deno.test({
  name: "system call numbers of x86_64 are those of the headers",
  ignore: Deno.build.arch !== "x86_64",
  fn: () => compareCalls(HEADERS, 0),
});

Deno.test("system call numbers of aarch64 are those of the generic table", async () => {
  await compareCalls(
    "#include <stdio.h>\n#define __ARCH_WANT_RENAMEAT\n#define __ARCH_WANT_SYS_CLONE3\n#include <asm-generic/unistd.h>\n",
    1,
  );
});

async function compareCalls(headers: string, column: 0 | 1): Promise<void> {
  const expected = Object.fromEntries(Object.entries(SYSTEM_CALLS).map(([name, row]) => [`__NR_${name}`, row[column]]));
  const names = Object.keys(expected);
  // The generic table spells some numbers with a second name.
  const found = await evaluateC(headers, Object.fromEntries(names.map((name) => [name, name])), ENUMS);
  compare(expected, found);
}
