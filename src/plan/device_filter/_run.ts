import { CODE, CONTEXT } from "./compile.ts";

/** Runs a program as the kernel would: what it gives for a context of three words. */
export function run(program: Uint8Array, context: { access: number; major: number; minor: number }): number {
  const view = new DataView(program.buffer);
  const registers = new Array<bigint | undefined>(11).fill(undefined);
  registers[1] = 0n;
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
    const number = BigInt(view.getInt32(at + 4, true));
    const set = (value: bigint) => registers[to] = BigInt.asUintN(64, value);
    const jump = (taken: boolean) => {
      if (offset < 0) throw new Error("a jump back");
      if (taken) at += offset * 8;
    };
    switch (code) {
      case CODE.load: {
        if (from !== 1) throw new Error("no load from the context");
        const field = Object.entries(CONTEXT).find(([, place]) => place === offset)?.[0] as keyof typeof context;
        set(BigInt(context[field]));
        break;
      }
      case CODE.set:
        set(number);
        break;
      case CODE.copy:
        set(read(from));
        break;
      case CODE.or:
        set(read(to) | read(from));
        break;
      case CODE.and:
        set(read(to) & number);
        break;
      case CODE.subtract:
        set(read(to) - number);
        break;
      case CODE.shiftLeft:
        set(read(to) << number);
        break;
      case CODE.shiftRight:
        set(read(to) >> number);
        break;
      case CODE.shiftRightSigned:
        set(BigInt.asIntN(64, read(to)) >> number);
        break;
      case CODE.jumpEqual:
        jump(read(to) === BigInt.asUintN(64, number));
        break;
      case CODE.jumpNotEqual:
        jump(read(to) !== BigInt.asUintN(64, number));
        break;
      case CODE.jumpAbove:
        jump(read(to) > BigInt.asUintN(64, number));
        break;
      case CODE.jumpNotAbove:
        jump(read(to) <= BigInt.asUintN(64, number));
        break;
      case CODE.exit:
        return Number(read(0));
      default:
        throw new Error(`unknown instruction ${code}`);
    }
  }
  throw new Error("the program has no end");
}
