import type { Call } from "./_evaluate.ts";
import { CODE, type Instruction } from "./instruction.ts";

export interface Outcome {
  readonly action: number;
  /** Instructions that were carried out. */
  readonly steps: number;
}

/**
 * Carries out a filter as the kernel does.
 *
 * @throws {Error} for what the kernel's check of filters refuses: unknown instructions, jumps out of the filter, loads that
 * are not of an aligned word of `struct seccomp_data`, an end without a result
 */
export function simulate(filter: readonly Instruction[], call: Call): Outcome {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, call.number, true);
  data.setUint32(4, call.architecture, true);
  call.arguments.forEach((argument, index) => data.setBigUint64(16 + 8 * index, argument, true));
  let accumulator = 0;
  let at = 0;
  for (let steps = 1;; steps++) {
    const instruction = filter[at++];
    if (instruction === undefined) throw new Error(`instruction ${at - 1} of ${filter.length}`);
    const code = Number(instruction & 0xffffn);
    const operand = Number(instruction >> 32n);
    const jump = (condition: boolean) => at += Number(instruction >> (condition ? 16n : 24n) & 0xffn);
    switch (code) {
      case CODE.load:
        if (operand % 4 !== 0) throw new Error(`load at ${operand}`);
        accumulator = data.getUint32(operand, true);
        break;
      case CODE.and:
        accumulator = (accumulator & operand) >>> 0;
        break;
      case CODE.jump:
        at += operand;
        break;
      case CODE.jumpEqual:
        jump(accumulator === operand);
        break;
      case CODE.jumpAtLeast:
        jump(accumulator >= operand);
        break;
      case CODE.return:
        return { action: operand, steps };
      default:
        throw new Error(`code ${code}`);
    }
  }
}
