/**
 * Writes `policies/seccomp/syscalls.json`: the numbers of system calls by architecture, from the kernel's headers. What
 * the newest of them does not know is unknown to the filters: they refuse it until it has been looked at.
 *
 * Usage: deno run --allow-read --allow-run=cc --allow-write=policies/seccomp/syscalls.json scripts/generate_syscalls.ts
 *   [FILE FILE]   asm/unistd_64.h of x86_64 and asm-generic/unistd.h, of a newer kernel than this machine's
 */

/** Where the table stands in the repository. */
export const SYSCALL_TABLE = new URL("../policies/seccomp/syscalls.json", import.meta.url);

/** Headers of this machine. */
export const HEADERS = {
  x86_64: "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
  aarch64: "/usr/include/asm-generic/unistd.h",
} as const;
type Architecture = keyof typeof HEADERS;

/** What arch/arm64/include/uapi/asm/unistd.h wants of the generic table. */
const GENERIC_OPTIONS = ["RENAMEAT", "NEW_STAT", "SET_GET_RLIMIT", "TIME32_SYSCALLS", "SYS_CLONE3", "MEMFD_SECRET"];

/** Numbers by name, ascending, as the C preprocessor sees a header. */
export async function readHeader(architecture: Architecture, file: string): Promise<Record<string, number>> {
  const options = architecture === "aarch64" ? GENERIC_OPTIONS.map((name) => `-D__ARCH_WANT_${name}`) : [];
  const { success, stdout, stderr } = await new Deno.Command("cc", { args: ["-E", "-dM", ...options, file] }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const defined = new Map([...new TextDecoder().decode(stdout).matchAll(/^#define (__NR\w+) (\w+)$/gm)]
    .map(([, name = "", value = ""]) => [name, value]));
  const calls = [...defined].flatMap(([name, value]): [string, number][] => {
    const number = Number(defined.get(value) ?? value);
    const call = name.replace(/^__NR_/, "");
    const isCall = name !== call && !["syscalls", "arch_specific_syscall"].includes(call);
    return isCall && Number.isInteger(number) ? [[call, number]] : [];
  });
  return Object.fromEntries(calls.sort(([, a], [, b]) => a - b));
}

if (import.meta.main) {
  const [x86 = HEADERS.x86_64, generic = HEADERS.aarch64] = Deno.args;
  const table = { x86_64: await readHeader("x86_64", x86), aarch64: await readHeader("aarch64", generic) };
  Deno.writeTextFileSync(SYSCALL_TABLE, JSON.stringify(table, null, 1) + "\n");
}
