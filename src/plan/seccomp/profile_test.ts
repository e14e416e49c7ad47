import * as assert from "node:assert/strict";
import type { Architecture } from "../../config/facts.ts";
import { CAPABILITIES, type Capability } from "../operation.ts";
import { simulate } from "./_simulate.ts";
import { compileFilter } from "./compile.ts";
import { ACTION, AUDIT_ARCHITECTURE } from "./instruction.ts";
import { ERRNO, type FilterName, type Group, PROFILES, SYSCALLS } from "./profile.ts";

const KEYS = ["why", "calls", "when", "errno", "unless"];

Deno.test("every group of a profile has a reason, and says only what the compiler understands", () => {
  for (const [name, { refuse }] of Object.entries(PROFILES)) {
    for (const group of refuse) {
      const { why, calls, when = [], errno, unless = [] } = group;
      const place = `${name}: ${why}`;
      assert.ok(why.length > 10 && calls.length > 0, place);
      assert.deepEqual(Object.keys(group).filter((key) => !KEYS.includes(key)), [], place);
      assert.ok(errno in ERRNO, place);
      assert.deepEqual(unless.filter((capability) => !CAPABILITIES.includes(capability)), [], place);
      const known = { ...SYSCALLS.x86_64, ...SYSCALLS.aarch64 };
      assert.deepEqual(calls.filter((call) => !(call in known)), [], place);
      for (const { argument, mask = "0x0", is, isNot, has, ...others } of when) {
        const values = [is, isNot, has].filter((numbers) => numbers !== undefined);
        assert.deepEqual([values.length, Object.keys(others)], [1, []], place);
        assert.ok(argument >= 0 && argument < 6, place);
        for (const number of [mask, ...Object.values(values[0]!)].map(Number)) {
          assert.ok(Number.isInteger(number) && number >= 0 && number <= 0xffff_ffff, place);
        }
      }
    }
  }
});

Deno.test("no group of a profile is without effect", () => {
  for (const name of Object.keys(PROFILES) as FilterName[]) {
    const groups = PROFILES[name].refuse as Group[];
    const before = JSON.stringify(variants(name));
    for (const [index, group] of [...groups.entries()]) {
      groups.splice(index, 1);
      try {
        assert.notEqual(JSON.stringify(variants(name)), before, group.why);
      } finally {
        groups.splice(index, 0, group);
      }
    }
  }
});

/** The filters for both architectures, with each capability on its own. */
function variants(name: FilterName): string[] {
  return [[], ...CAPABILITIES.map((capability) => [capability])].flatMap((capabilities) =>
    (Object.keys(SYSCALLS) as Architecture[]).map((architecture) =>
      compileFilter(name, capabilities, architecture).join()
    )
  );
}

type Row = readonly [id: string, call: string, arguments: readonly number[], result: string, unless?: Capability];

/** Decisions of the default profile by entry of the catalogue of attacks; with the capability, the call is allowed. */
const DECISIONS: readonly Row[] = [
  ["D04", "unshare", [0x1000_0000], "EPERM", "CAP_SYS_ADMIN"],
  ["D04", "unshare", [0x0002_0000], "EPERM", "CAP_SYS_ADMIN"],
  ["D04", "unshare", [0x80], "EPERM", "CAP_SYS_ADMIN"],
  ["D04", "unshare", [0x400], "allow"], // CLONE_FILES
  ["D04", "clone", [0x1000_0011], "EPERM", "CAP_SYS_ADMIN"],
  ["D04", "clone", [0x003d_0f00], "allow"], // pthread_create
  ["D04", "clone", [0x11], "allow"], // fork
  ["D04", "setns", [3, 0], "EPERM", "CAP_SYS_ADMIN"],
  ["D05", "clone3", [], "ENOSYS", "CAP_SYS_ADMIN"],
  ["D06", "mount", [], "EPERM", "CAP_SYS_ADMIN"],
  ["D06", "move_mount", [], "EPERM", "CAP_SYS_ADMIN"],
  ["D06", "mount_setattr", [], "EPERM", "CAP_SYS_ADMIN"],
  ["D06", "open_tree", [], "EPERM", "CAP_SYS_ADMIN"],
  ["D08", "ioctl", [0, 0x5412], "EPERM"],
  ["D08", "ioctl", [0, 0x1_0000_5412], "EPERM"],
  ["E02", "ioctl", [0, 0x541c], "EPERM"],
  ["D08", "ioctl", [0, 0x5413], "allow"], // TIOCGWINSZ
  ["D09", "socket", [38, 5, 0], "EAFNOSUPPORT"], // AF_ALG
  ["D09", "socket", [33, 2, 0], "EAFNOSUPPORT"], // AF_RXRPC
  ["D09", "socket", [16, 3, 6], "EPROTONOSUPPORT", "CAP_NET_ADMIN"], // NETLINK_XFRM
  ["D09", "socket", [16, 3, 9], "EPROTONOSUPPORT", "CAP_AUDIT_WRITE"],
  ["D09", "socket", [16, 3, 0], "allow"], // NETLINK_ROUTE
  ["D09", "socket", [17, 3, 0], "EAFNOSUPPORT", "CAP_NET_RAW"], // AF_PACKET
  ["D09", "socket", [29, 3, 1], "EAFNOSUPPORT", "CAP_NET_RAW"], // AF_CAN
  ["D09", "socket", [2, 3, 1], "EPERM", "CAP_NET_RAW"],
  ["D09", "socket", [2, 0x8_0803, 255], "EPERM", "CAP_NET_RAW"],
  ["D09", "socket", [2, 10, 3], "EPERM", "CAP_NET_RAW"], // SOCK_PACKET
  ["D09", "socket", [2, 0x8_0001, 6], "allow"],
  ["D09", "socket", [10, 2, 17], "allow"],
  ["D09", "socketpair", [1, 1, 0], "allow"],
  ["D10", "socket", [40, 1, 0], "EAFNOSUPPORT"], // AF_VSOCK
  ["D11", "io_uring_setup", [], "EPERM"],
  ["D11", "io_uring_enter", [], "EPERM"],
  ["D12", "bpf", [], "EPERM", "CAP_BPF"],
  ["D12", "perf_event_open", [], "EPERM", "CAP_PERFMON"],
  ["D12", "userfaultfd", [], "EPERM", "CAP_SYS_PTRACE"],
  ["D12", "keyctl", [], "EPERM"],
  ["D12", "add_key", [], "EPERM"],
  ["D12", "request_key", [], "EPERM"],
  ["D13", "kexec_load", [], "EPERM", "CAP_SYS_BOOT"],
  ["D13", "reboot", [], "EPERM", "CAP_SYS_BOOT"],
  ["D13", "finit_module", [], "EPERM", "CAP_SYS_MODULE"],
  ["D13", "swapon", [], "EPERM", "CAP_SYS_ADMIN"],
  ["D13", "acct", [], "EPERM", "CAP_SYS_PACCT"],
  ["D13", "quotactl", [], "EPERM", "CAP_SYS_ADMIN"],
  ["D21", "sethostname", [], "EPERM", "CAP_SYS_ADMIN"],
  ["D22", "clock_settime", [], "EPERM", "CAP_SYS_TIME"],
  ["D22", "adjtimex", [], "EPERM", "CAP_SYS_TIME"],
  ["D23", "personality", [0x0004_0000], "EPERM"], // ADDR_NO_RANDOMIZE
  ["D23", "personality", [0x0040_0000], "EPERM"], // READ_IMPLIES_EXEC
  ["D23", "personality", [0], "allow"],
  ["D23", "personality", [0xffff_ffff], "allow"],
  ["B04", "ptrace", [], "EPERM", "CAP_SYS_PTRACE"],
  ["B04", "process_vm_readv", [], "EPERM", "CAP_SYS_PTRACE"],
  ["B04", "pidfd_getfd", [], "EPERM", "CAP_SYS_PTRACE"],
  ["C08", "open_by_handle_at", [], "EPERM", "CAP_DAC_READ_SEARCH"],
  ["C07", "mknodat", [0, 0, 0o060_644], "EPERM", "CAP_MKNOD"],
  ["C07", "mknodat", [0, 0, 0o010_644], "allow"], // a FIFO
  ["C10", "syslog", [], "EPERM", "CAP_SYSLOG"],
  ["C16", "lsm_set_self_attr", [], "EPERM", "CAP_MAC_ADMIN"],
  ["F05", "mbind", [], "EPERM", "CAP_SYS_NICE"],
];

function decision(
  name: FilterName,
  call: Row,
  capabilities: readonly Capability[],
  architecture: Architecture,
): string {
  const [, syscall, values] = call;
  const number = SYSCALLS[architecture][syscall]!;
  const data = { architecture: AUDIT_ARCHITECTURE[architecture], number, arguments: values.map(BigInt) };
  const { action } = simulate(compileFilter(name, capabilities, architecture), data);
  if (action === ACTION.allow) return "allow";
  return Object.entries(ERRNO).find(([, errno]) => action === ACTION.errno(errno))?.[0] ?? "kill";
}

Deno.test("the default profile refuses each class of attack, unless the node has the capability for it", () => {
  for (const row of DECISIONS) {
    const [id, call, values, result, unless] = row;
    for (const architecture of Object.keys(SYSCALLS) as Architecture[]) {
      const place = `${id}: ${call}(${values}) on ${architecture}`;
      assert.equal(decision("default", row, [], architecture), result, place);
      if (unless !== undefined) assert.equal(decision("default", row, [unless], architecture), "allow", place);
      const others = CAPABILITIES.filter((capability) => capability !== unless);
      if (unless === undefined) assert.equal(decision("default", row, others, architecture), result, place);
    }
  }
});

const STRICT: readonly Row[] = [
  ["B20", "memfd_create", [0, 0x1], "EPERM"],
  ["B20", "memfd_create", [0, 0x9], "allow"], // MFD_NOEXEC_SEAL
  ["B20", "execveat", [0, 0, 0, 0, 0x1000], "EPERM"],
  ["B20", "execveat", [0, 0, 0, 0, 0], "allow"],
  ["", "mmap", [0, 0, 7], "EPERM"],
  ["", "mmap", [0, 0, 5], "allow"],
  ["", "mmap", [0, 0, 3], "allow"],
  ["", "mprotect", [0, 0, 5], "EPERM"],
  ["", "mprotect", [0, 0, 1], "allow"],
  ["", "socket", [2, 1, 132], "EPROTONOSUPPORT"], // SCTP
  ["", "socket", [2, 1, 6], "allow"],
  ["", "io_setup", [], "ENOSYS"],
];

Deno.test("the strict profile refuses code that is made at run time", () => {
  for (const row of STRICT) {
    assert.equal(decision("strict", row, [], "x86_64"), row[3], `${row[1]}(${row[2]})`);
    assert.equal(decision("default", row, [], "x86_64"), "allow", `${row[1]}(${row[2]})`);
  }
});

Deno.test("numbers without a name do not exist, nor do those of newer kernels", () => {
  const filter = compileFilter("default", [...CAPABILITIES], "x86_64");
  for (const number of [336, 400, 423, 463, 500, 511, 512, 547, 600, 0x3fff_ffff]) {
    const { action } = simulate(filter, { architecture: AUDIT_ARCHITECTURE.x86_64, number, arguments: [] });
    assert.equal(action, ACTION.errno(ERRNO.ENOSYS), `${number}`);
  }
});

/** From the filter's installation to the program, in ffi/stage/program.c and its callees. */
const OF_THE_STAGE = [
  "mmap",
  "prctl",
  "getppid",
  "sendto",
  "rt_sigprocmask",
  "execve",
  "faccessat",
  "close",
  "exit_group",
] as const;

Deno.test("what the stage does between its filter and the program is allowed by every profile", () => {
  for (const name of Object.keys(PROFILES) as FilterName[]) {
    for (const architecture of Object.keys(SYSCALLS) as Architecture[]) {
      for (const call of OF_THE_STAGE) {
        const row: Row = ["", call, [0, 0, 3, 0, 0, 0], "allow"];
        assert.equal(decision(name, row, [], architecture), "allow", `${call} in ${name}`);
      }
    }
  }
});
