import { lazySymbols, openLibrary } from "../shared_library.ts";
import { CLONE } from "./constants.ts";
import { errnoName } from "./errno.ts";
import { encodeName } from "./file_name.ts";
import { SystemCallError } from "./system_call_error.ts";
import { type Argument, type Kernel, kernelOf, type Parameter, SYSTEM_CALLS } from "./system_calls.ts";

/**
 * Three symbols are enough, and each costs start-up time: one symbol for each call would take 1 ms and more.
 * `syscall` is called as if it were not variadic, which is the same on x86_64 and aarch64 for integer arguments.
 */
const SYMBOLS = {
  /** `long syscall(long number, ...)`; no result here exceeds 31 bits. */
  syscall: { parameters: ["isize", "isize", "isize", "isize", "isize", "isize", "isize"], result: "i32" },
  /** `int *__errno_location(void)` */
  __errno_location: { parameters: [], result: "usize" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Bound by itself: between a call and a look at its errno, nothing of JavaScript's may run that could make calls. */
const MEMORY_SYMBOLS = {
  /** `void *memcpy(void *destination, const void *source, size_t size)` */
  memcpy: { parameters: ["buffer", "usize", "usize"], result: "usize" },
} as const satisfies Deno.ForeignLibraryInterface;

/**
 * JavaScript cannot go on in a child (fork(2) copies one of its threads only), but `_exit` can. Opened when it is needed,
 * in 0.2 ms.
 */
const CLONE_SYMBOLS = {
  /** `int clone(int (*fn)(void *), void *stack, int flags, void *arg, ...)` */
  clone: { parameters: ["pointer", "usize", "i32", "usize"], result: "i32" },
  /** `void _exit(int status)` */
  _exit: { type: "pointer" },
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

function open(): Kernel {
  // Deno takes safe integers for 64-bit parameters as well, and faster; its types know of bigint only.
  const symbols = lazySymbols("libc.so.6", SYMBOLS) as unknown as {
    readonly syscall: (number: number, ...args: readonly number[]) => number;
    readonly __errno_location: () => bigint;
  };
  const { memcpy } = openLibrary("libc.so.6", MEMORY_SYMBOLS);
  const memory = new Uint8Array(ARENA_SIZE);
  const view = new DataView(memory.buffer);
  const arena = new Arena(memory, view, Number(memcpy(memory, 0n, 0n)));
  // The location is the calling thread's; calls are synchronous, so it is always the same thread.
  const errnoLocation = symbols.__errno_location();
  const column = Deno.build.arch === "aarch64" ? 1 : 0;

  const clone = (flags: number): number => {
    const { clone, _exit } = openLibrary("libc.so.6", CLONE_SYMBOLS);
    // INVARIANT: CLONE_VFORK, for the child's stack is the end of the memory of the calls that follow.
    return clone(_exit, BigInt(arena.end), flags | CLONE.VM | CLONE.VFORK, 0n);
  };

  // A launch makes hundreds of calls, with code that runs for the first time: there is no callback here on purpose.
  return kernelOf((name, args) => {
    const row = SYSTEM_CALLS[name];
    const parameters = row[2];
    const passed = [0, 0, 0, 0, 0, 0];
    arena.begin(name);
    for (let index = 0; index < parameters.length; index++) {
      passed[index] = arena.put(parameters[index]!, args[index] ?? null);
    }
    const result = name === "clone" ? clone(passed[0]!) : symbols.syscall(row[column]!, ...passed);
    if (result === -1) {
      // Nothing may come between the call and this.
      memcpy(memory, errnoLocation, 4n);
      throw new SystemCallError(name, errnoName(view.getInt32(0, true)));
    }
    for (let index = 0; index < parameters.length; index++) {
      const value = args[index];
      if (parameters[index] === "out" && value instanceof Uint8Array) arena.copy(passed[index]!, value);
    }
    arena.copyBack();
    return result;
  });
}

/** The memory that arguments are in during a call, and their addresses. */
class Arena {
  readonly #encoder = new TextEncoder();
  #call: keyof Kernel = "close";
  #end = 0;
  /** What the kernel reads and fills, also by the addresses that a struct has. */
  #both: (readonly [address: number, to: Uint8Array])[] = [];

  /** @param base address of the memory */
  constructor(private readonly memory: Uint8Array, private readonly view: DataView, private readonly base: number) {}

  /** Address behind the memory, aligned as the stack has to be. */
  get end(): number {
    return Math.floor((this.base + ARENA_SIZE) / 16) * 16;
  }

  begin(call: keyof Kernel): void {
    this.#call = call;
    this.#end = 0;
    this.#both = [];
  }

  /** What to pass for an argument: its value, or the address of a copy. */
  put(parameter: Parameter, value: Argument): number {
    if (typeof value === "number") return value;
    if (typeof value === "string") return this.#putText(value);
    if (value === null) return 0;
    if (value instanceof Uint8Array) {
      const start = this.#reserve(value.length);
      if (parameter !== "out") this.memory.set(value, start);
      if (parameter === "both") this.#both.push([this.base + start, value]);
      return this.base + start;
    }
    const words: readonly number[] = Array.isArray(value)
      ? [...value.map((text) => this.#putText(text)), 0]
      : Object.values(value).map((word) => this.put(parameter === "both" ? "both" : "in", word));
    const start = this.#reserve(words.length * 8);
    for (let index = 0; index < words.length; index++) {
      const word = words[index]!;
      this.view.setUint32(start + index * 8, word % 2 ** 32, true);
      this.view.setUint32(start + index * 8 + 4, Math.floor(word / 2 ** 32), true);
    }
    return this.base + start;
  }

  /** Copies what the kernel has left at an address. */
  copy(address: number, to: Uint8Array): void {
    const start = address - this.base;
    to.set(this.memory.subarray(start, start + to.length));
  }

  copyBack(): void {
    for (const [address, to] of this.#both) this.copy(address, to);
  }

  #putText(text: string): number {
    if (text.includes("\0")) throw new SystemCallError(this.#call, "EINVAL");
    const start = this.#end;
    const written = text.isWellFormed() ? this.#putWellFormed(text, start) : this.#putName(text, start);
    this.memory[start + written] = 0;
    this.#reserve(written + 1);
    return this.base + start;
  }

  #putWellFormed(text: string, start: number): number {
    const { read, written } = this.#encoder.encodeInto(text, this.memory.subarray(start, -1));
    if (read < text.length) throw new SystemCallError(this.#call, "E2BIG");
    return written;
  }

  /** Of a file whose name is not UTF-8. */
  #putName(text: string, start: number): number {
    const bytes = encodeName(text);
    if (bytes === undefined) throw new SystemCallError(this.#call, "EINVAL");
    if (start + bytes.length >= ARENA_SIZE) throw new SystemCallError(this.#call, "E2BIG");
    this.memory.set(bytes, start);
    return bytes.length;
  }

  #reserve(size: number): number {
    const start = this.#end;
    // Pointers and 64-bit fields must be aligned.
    this.#end = (start + size + 7) & ~7;
    if (this.#end > ARENA_SIZE) throw new SystemCallError(this.#call, "E2BIG");
    return start;
  }
}
