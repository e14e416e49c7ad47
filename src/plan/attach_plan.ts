import { RedpakError } from "../core/error.ts";

/** Where the plan appears in the stage's memory: above its code, below everything that the kernel places itself. */
const PLAN_ADDRESS = 0x1000_0000n;

const PT_LOAD = 1;
const PROGRAM_HEADER_SIZE = 56;

/**
 * Returns a stage that carries a plan: the plan's bytes behind it, mapped by the kernel as the stage's last segment.
 * The stage opens no file for it, so that the same file serves as a sealed launcher.
 *
 * Layout of the structures: elf(5), 64 bits, little endian.
 *
 * @param stage the executable that ffi/stage/Makefile builds
 * @param plan its binary form (encode.ts)
 * @throws {RedpakError} `E_STAGE_INVALID` when `stage` is not such an executable, or carries a plan already
 */
export function attachPlan(stage: Uint8Array, plan: Uint8Array): Uint8Array<ArrayBuffer> {
  const header = planHeader(stage);
  const view = new DataView(stage.buffer, stage.byteOffset, stage.byteLength);
  const align = view.getBigUint64(header + 48, true);
  // A page of 4096 bytes is enough for the file: address and offset only have to agree in what is below the alignment.
  const offset = Math.ceil(stage.length / 4096) * 4096;
  const address = PLAN_ADDRESS + BigInt(offset) % align;

  const result = new Uint8Array(offset + plan.length);
  result.set(stage);
  result.set(plan, offset);
  const patched = new DataView(result.buffer);
  for (
    const [field, value] of [
      [8, BigInt(offset)], // p_offset
      [16, address], // p_vaddr
      [24, address], // p_paddr
      [32, BigInt(plan.length)], // p_filesz
      [40, BigInt(plan.length)], // p_memsz
    ] as const
  ) {
    patched.setBigUint64(header + field, value, true);
  }
  return result;
}

/**
 * The plan that a sealed launcher carries, in its binary form; undefined for a file that is none.
 *
 * @param launcher the file, or as much of its beginning as there is
 */
export function detachPlan(launcher: Uint8Array): Uint8Array | undefined {
  const view = new DataView(launcher.buffer, launcher.byteOffset, launcher.byteLength);
  const header = lastLoaded(launcher);
  if (typeof header !== "number") return undefined;
  const [offset, address, size] = [8, 16, 32].map((field) => view.getBigUint64(header + field, true));
  if (offset === undefined || address === undefined || size === undefined || size === 0n) return undefined;
  if (address < PLAN_ADDRESS || offset + size > launcher.length) return undefined;
  return launcher.subarray(Number(offset), Number(offset + size));
}

/** The offset of the program header that waits for a plan: the last that is loaded, and empty. */
function planHeader(stage: Uint8Array): number {
  const view = new DataView(stage.buffer, stage.byteOffset, stage.byteLength);
  const last = lastLoaded(stage);
  if (typeof last === "string") throw invalid(last);
  if (view.getBigUint64(last + 32, true) !== 0n) throw invalid("it has no place for a plan, or one is in it already");
  if (view.getBigUint64(last + 48, true) === 0n) throw invalid("the place for the plan has no alignment");
  return last;
}

/** The offset of the last program header that is loaded, or why there is none. */
function lastLoaded(file: Uint8Array): number | string {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const isElf = file.length >= 64 && view.getUint32(0) === 0x7f454c46 && file[4] === 2 && file[5] === 1;
  if (!isElf) return "it is not a 64-bit ELF executable";
  const table = view.getBigUint64(32, true);
  const count = view.getUint16(56, true);
  if (view.getUint16(54, true) !== PROGRAM_HEADER_SIZE || table + BigInt(count * PROGRAM_HEADER_SIZE) > file.length) {
    return "its program headers are not where they should be";
  }
  let last: number | undefined;
  for (let index = 0; index < count; index++) {
    const header = Number(table) + index * PROGRAM_HEADER_SIZE;
    if (view.getUint32(header, true) === PT_LOAD) last = header;
  }
  return last ?? "it loads nothing";
}

function invalid(reason: string): RedpakError {
  return new RedpakError({ code: "E_STAGE_INVALID", message: `Cannot attach the plan to the stage: ${reason}` });
}
