import type { OperandKind } from "./operation.ts";

/**
 * The binary form of a plan: what the launcher hands to the stage and what a sealed launcher carries.
 *
 * Little endian; every item is a multiple of 4 bytes long, so every item is aligned to 4 bytes.
 *
 * ```text
 * plan        magic "REDPLAN\0", u32 version, u32 size of the whole plan in bytes, u32 number of operations, u32 checksum
 *             of the whole plan (core/checksum.ts), itself taken as 0, text node, text alias, flag admin, records
 * record      u16 code, u16 phase (0 host, 1 init), u32 size of the record in bytes with this header,
 *             text file, u32 line, u32 column (file "", line 0 and column 0: no origin),
 *             operands in the order of the table in operation.ts
 *
 * text        u32 length in bytes, UTF-8 without NUL, one NUL, zeros up to a multiple of 4
 * texts       u32 count, that many texts
 * number      u32
 * numbers     u32 count, that many u32
 * size        u64
 * flag        u32, 0 or 1
 * namespace   u32, one bit of NAMESPACES
 * namespaces  u32, bits of NAMESPACES
 * mountOptions u32, bits of MOUNT_OPTIONS
 * capabilities u64, bit n is the capability with number n
 * idMaps      u32 count, that many times: u32 inside, u32 outside, u32 count
 * source      u32 kind (0 path, 1 descriptor), u32 descriptor (0 with a path), text path ("" with a descriptor)
 * filter      u32 count, that many u64
 * content     u32 kind (0 command, 1 descriptor, 2 text), u32 descriptor (0 with the others), text ("" with a descriptor)
 * ```
 *
 * There is one binary form of each plan, and decoding accepts no other: unknown bits, other padding than zeros, sizes
 * that do not fit, another checksum and bytes behind the end are errors. Pending commands and warnings have no place in it.
 */
export const BINARY_FORMAT = {
  magic: "REDPLAN\0",
  version: 1,
  headerSize: 24,
  checksumOffset: 20,
  recordHeaderSize: 8,
  phases: ["host", "init"],
  sources: ["path", "descriptor"],
  contents: ["command", "descriptor", "text"],
} as const;

/** The largest value of `number` operands. */
export const MAX_NUMBER = 0xffff_ffff;
/** The largest value of `size` operands; in `rlimit`, "no limit". */
export const MAX_SIZE = 0xffff_ffff_ffff_ffffn;

/** One letter for each kind of operand: an operation's operands are a string of them in the stage's header. */
export const KIND_LETTERS = {
  text: "t",
  texts: "T",
  number: "n",
  numbers: "N",
  size: "s",
  flag: "f",
  namespace: "p",
  namespaces: "P",
  mountOptions: "o",
  capabilities: "c",
  idMaps: "m",
  source: "S",
  content: "C",
  filter: "b",
} as const satisfies Record<OperandKind, string>;
