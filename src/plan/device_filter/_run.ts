import { CODE, CONTEXT } from "./compile.ts";

/** Runs a program as the kernel would: what it gives for a context of three words. */
export function run(program: Uint8Array, context: { access: number; major: number; minor: number }): number {
  const view = new DataView(program.buffer);
  const registers = new Array<number | undefined>(11).fill(undefined);
  registers[1] = 0;
  const read = (register: number) => {
    const value = registers[register];
    if (value === undefined) throw new Error(`register ${register} is read before it is set`);
    return value;
  };
  for (let at = 0, steps = 0; at < program.length; at += 8) {
    if (++steps > program.length) throw new Error("a loop");
    const code = view.getUint8(at);
    const to = view.getUint8(at + 1) & 0xf;
    const from = view.getUint8(at + 1) >> 4;
    const offset = view.getInt16(at + 2, true);
    const number = view.getInt32(at + 4, true);
    const jump = (taken: boolean) => {
      if (offset < 0) throw new Error("a jump back");
      if (taken) at += offset * 8;
    };
    switch (code) {
      case CODE.load: {
        if (from !== 1) throw new Error("no load from the context");
        const field = Object.entries(CONTEXT).find(([, place]) => place === offset)?.[0] as keyof typeof context;
        registers[to] = context[field];
        break;
      }
      case CODE.set:
        registers[to] = number;
        break;
      case CODE.copy:
        registers[to] = read(from);
        break;
      case CODE.and:
        registers[to] = read(to) & number;
        break;
      case CODE.shiftRight:
        registers[to] = read(to) >>> number;
        break;
      case CODE.jumpNotEqual:
        jump(read(to) !== number);
        break;
      case CODE.jumpAbove:
        jump(read(to) > number);
        break;
      case CODE.jumpBelow:
        jump(read(to) < number);
        break;
      case CODE.exit:
        return read(0);
      default:
        throw new Error(`unknown instruction ${code}`);
    }
  }
  throw new Error("the program has no end");
}
