import assert from "node:assert/strict";
import { checkLibrary, lazySymbols } from "./shared_library.ts";

Deno.test("a function gives the same before and after it is bound with machine code of its own", () => {
  const libc = lazySymbols("libc.so.6", {
    strnlen: { parameters: ["buffer", "usize"], result: "usize" },
    // More arguments than there are registers for.
    syscall: { parameters: ["isize", "isize", "isize", "isize", "isize", "isize", "isize"], result: "i32" },
  });
  const text = new TextEncoder().encode("text\0");
  const getpid = Deno.build.arch === "aarch64" ? 172n : 39n;
  const found = Array.from({ length: 1200 }, () => {
    return `${libc.strnlen(text, 5n)} ${libc.syscall(getpid, 1n, 2n, 3n, 4n, 5n, 6n)}`;
  });
  assert.deepEqual(new Set(found), new Set([`4 ${Deno.pid}`]));
});

Deno.test("a function that cannot be bound once more, as in another root directory, goes on as it is", () => {
  const libc = lazySymbols("libc.so.6", { strnlen: { parameters: ["buffer", "usize"], result: "usize" } });
  const text = new TextEncoder().encode("text\0");
  libc.strnlen(text, 5n);
  const { dlopen } = Deno;
  Deno.dlopen = () => {
    throw new Error("no such file");
  };
  try {
    for (let call = 0; call < 1200; call++) assert.equal(libc.strnlen(text, 5n), 4n);
  } finally {
    Deno.dlopen = dlopen;
  }
});

Deno.test("what a library lacks is null where it is optional, else an error", () => {
  const libc = lazySymbols("libc.so.6", {
    missing: { parameters: [], result: "void", optional: true },
    absent: { parameters: [], result: "void" },
  });
  assert.equal(libc.missing, null);
  assert.throws(() => libc.absent(), AggregateError);
  assert.throws(() => checkLibrary("libc.so.6", "absent"), AggregateError);
  checkLibrary("libc.so.6", "strnlen");
});
