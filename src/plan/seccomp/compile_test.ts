import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import type { Architecture } from "../../config/facts.ts";
import { CAPABILITIES } from "../operation.ts";
import { evaluate } from "./_evaluate.ts";
import { simulate } from "./_simulate.ts";
import { compileFilter } from "./compile.ts";
import { ACTION, AUDIT_ARCHITECTURE, MAX_INSTRUCTIONS, X32_BIT } from "./instruction.ts";
import { type Condition, type FilterName, PROFILES, SYSCALLS } from "./profile.ts";

const NAMES = Object.keys(PROFILES) as FilterName[];
const ARCHITECTURES = Object.keys(SYSCALLS) as Architecture[];
const AUDIT_ARCH_I386 = 0x4000_0003;

/** Numbers that the profiles compare with, and those next to them. */
const interesting = NAMES.flatMap((name) => PROFILES[name].refuse).flatMap(({ when = [] }) => when).flatMap(
  ({ is, isNot, has }: Condition) => Object.values({ ...is, ...isNot, ...has }).map(Number),
).flatMap((number) => [number, number + 1, number | 0x80800].map((near) => BigInt(near >>> 0)));

const argument = fc.oneof(
  fc.tuple(fc.constantFrom(...interesting), fc.constantFrom(0n, 1n << 32n, 0xffff_ffffn << 32n))
    .map(([low, high]) => low | high),
  fc.bigInt(0n, 0xffff_ffff_ffff_ffffn),
);
const capabilities = fc.oneof(fc.constant([]), fc.subarray([...CAPABILITIES]));
const values = fc.array(argument, { minLength: 6, maxLength: 6 });
const name = fc.constantFrom(...NAMES);
const architecture = fc.constantFrom(...ARCHITECTURES);

/** Numbers of calls as they are, of x32, and with the highest bit. */
const NUMBERS = [0, X32_BIT, 0x8000_0000].flatMap((bits) => Array.from({ length: 1024 }, (_, n) => n + bits));

Deno.test("a filter gives what its profile says, for every number of every architecture", () => {
  fc.assert(
    fc.property(name, architecture, capabilities, values, (name, architecture, capabilities, values) => {
      const filter = compileFilter(name, capabilities, architecture);
      assert.ok(filter.length <= MAX_INSTRUCTIONS);
      for (const actual of [...Object.values(AUDIT_ARCHITECTURE), AUDIT_ARCH_I386]) {
        for (const number of NUMBERS) {
          const call = { architecture: actual, number, arguments: values };
          const expected = evaluate(name, capabilities, architecture, call);
          if (simulate(filter, call).action !== expected) assert.fail(`call ${number} is not ${expected.toString(16)}`);
        }
      }
    }),
    { numRuns: 40 },
  );
});

Deno.test("strict allows nothing that default refuses, and fewer capabilities nothing that more refuse", () => {
  fc.assert(
    fc.property(name, architecture, capabilities, values, (name, architecture, all, values) => {
      const fewer = all.filter((_, index) => index % 2 === 0);
      const [strict, tighter, looser] = [
        compileFilter("strict", all, architecture),
        compileFilter(name, fewer, architecture),
        compileFilter(name, all, architecture),
      ];
      for (let number = 0; number < 512; number++) {
        const call = { architecture: AUDIT_ARCHITECTURE[architecture], number, arguments: values };
        if (simulate(looser, call).action === ACTION.allow) continue;
        for (const filter of [strict, tighter]) {
          assert.notEqual(simulate(filter, call).action, ACTION.allow, `${number}`);
        }
      }
    }),
    { numRuns: 50 },
  );
});

Deno.test("what programs do all the time costs few instructions, and looks at no argument", () => {
  for (const architecture of ARCHITECTURES) {
    const filter = compileFilter("default", [], architecture);
    for (const name of ["read", "write", "futex", "getppid", "epoll_pwait", "recvfrom", "openat", "close"]) {
      const call = {
        architecture: AUDIT_ARCHITECTURE[architecture],
        number: SYSCALLS[architecture][name]!,
        arguments: [],
      };
      const { action, steps } = simulate(filter, call);
      assert.equal(action, ACTION.allow);
      assert.ok(steps <= 12, `${name}: ${steps} instructions`);
    }
  }
});

Deno.test("the same node has the same filter", () => {
  const [some, others] = [["CAP_BPF", "CAP_KILL"], ["CAP_KILL", "CAP_BPF"]] as const;
  assert.deepEqual(compileFilter("default", some, "x86_64"), compileFilter("default", others, "x86_64"));
});
