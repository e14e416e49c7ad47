import { errnoName } from "./errno.ts";
import { SystemCallError } from "./system_call_error.ts";
import { type Argument, type Kernel, kernelOf, type Parameter, SYSTEM_CALLS } from "./system_calls.ts";

/**
 * Three symbols are enough, and each costs start-up time: 1.3 ms for these, 4 ms and more for one symbol per call.
 * `syscall` is called as if it were not variadic, which is the same on x86_64 and aarch64 for integer arguments.
 */
const SYMBOLS = {
  /** `long syscall(long number, ...)`; no result here exceeds 31 bits. */
  syscall: { parameters: ["isize", "isize", "isize", "isize", "isize", "isize", "isize"], result: "i32" },
  /** `int *__errno_location(void)` */
  __errno_location: { parameters: [], result: "usize" },
  /** `void *memcpy(void *destination, const void *source, size_t size)` */
  memcpy: { parameters: ["buffer", "usize", "usize"], result: "usize" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Arguments live here during a call. One piece of memory whose address is known: nothing can be collected or moved. */
const ARENA_SIZE = 256 * 1024;

/** Bytes that one `read` or `write` moves at most; the rest of the arena is for paths. */
export const TRANSFER_SIZE = 128 * 1024;

let opened: Kernel | undefined;

/** The kernel of this machine, through libc. Needs the permission `ffi`. Calls act on the calling thread. */
export function libc(): Kernel {
  return opened ??= open();
}

/** Absolute paths first: a grant of the permission may name them, and no search path is involved. */
const PATHS = [`/lib/${Deno.build.arch}-linux-gnu/libc.so.6`, "/lib64/libc.so.6", "libc.so.6"];

function openLibrary(): Deno.DynamicLibrary<typeof SYMBOLS> {
  const errors: unknown[] = [];
  for (const path of PATHS) {
    try {
      return Deno.dlopen(path, SYMBOLS);
    } catch (error) {
      errors.push(error);
    }
  }
  throw new AggregateError(errors, "Cannot open the C library");
}

function open(): Kernel {
  const { symbols } = openLibrary();
  // Deno takes safe integers for 64-bit parameters as well, and faster; its types know of bigint only.
  const syscall = symbols.syscall as unknown as (number: number, ...args: readonly number[]) => number;
  const memory = new Uint8Array(ARENA_SIZE);
  const view = new DataView(memory.buffer);
  const base = Number(symbols.memcpy(memory, 0n, 0n));
  // The location is the calling thread's; calls are synchronous, so it is always the same thread.
  const errnoLocation = symbols.__errno_location();
  const column = Deno.build.arch === "aarch64" ? 1 : 0;
  const encoder = new TextEncoder();

  return kernelOf((name, args) => {
    const row = SYSTEM_CALLS[name];
    let end = 0;

    const reserve = (size: number): number => {
      const start = end;
      // Pointers and 64-bit fields must be aligned.
      end = (end + size + 7) & ~7;
      if (end > ARENA_SIZE) throw new SystemCallError(name, "E2BIG");
      return start;
    };
    const putText = (text: string): number => {
      if (text.includes("\0")) throw new SystemCallError(name, "EINVAL");
      const bytes = encoder.encode(text);
      const start = reserve(bytes.length + 1);
      memory.set(bytes, start);
      memory[start + bytes.length] = 0;
      return base + start;
    };
    const put = (parameter: Parameter, value: Argument): number => {
      if (value === null) return 0;
      if (typeof value === "number") return value;
      if (typeof value === "string") return putText(value);
      if (value instanceof Uint8Array) {
        const start = reserve(value.length);
        if (parameter === "in") memory.set(value, start);
        return base + start;
      }
      const words = Array.isArray(value) ? [...value.map(putText), 0] : Object.values(value);
      const start = reserve(words.length * 8);
      words.forEach((word, index) => view.setBigUint64(start + index * 8, BigInt(word), true));
      return base + start;
    };

    const [a = 0, b = 0, c = 0, d = 0, e = 0] = row[2].map((parameter, index) => put(parameter, args[index] ?? null));
    const result = syscall(row[column], a, b, c, d, e, 0);
    if (result === -1) {
      // Nothing may come between the call and this.
      symbols.memcpy(memory, errnoLocation, 4n);
      throw new SystemCallError(name, errnoName(view.getInt32(0, true)));
    }
    const passed = [a, b, c, d, e];
    row[2].forEach((parameter, index) => {
      const value = args[index];
      if (parameter !== "out" || !(value instanceof Uint8Array)) return;
      const start = (passed[index] ?? 0) - base;
      value.set(memory.subarray(start, start + value.length));
    });
    return result;
  });
}
