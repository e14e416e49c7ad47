/**
 * The values that cgroup v2 takes, checked before anything is written: the kernel would refuse most of the wrong ones,
 * but only during the launch, and takes some for something else (`4g` of `cpu.max`). Source: the kernel's
 * Documentation/admin-guide/cgroup-v2.rst.
 *
 * Each reader gives the value as it is written to the file, one line for each write, or undefined when it is none. What
 * the file shows then may be spelled otherwise, or rounded: `isShown` tells whether it is what was written.
 */

export interface ValueKind {
  /** What is expected, for messages. */
  readonly expected: string;
  readonly read: (text: string) => readonly string[] | undefined;
  /** A number that is larger where the limit is. Infinity for no limit; absent where values have no order. */
  readonly amount?: (value: string) => number;
  /** Whether a file with this content, without the line break at its end, has a line that `read` gave. */
  readonly isShown: (line: string, content: string) => boolean;
}

/** As it was written, but for another spelling of a number. */
function isSame(written: string, shown: string): boolean {
  return written === shown || /^[0-9.]+$/.test(written) && Number(written) === Number(shown);
}

const MAX = "max";

function line(pattern: RegExp, expected: string): ValueKind {
  return { expected, read: (text) => pattern.test(text) ? [text] : undefined, isShown: isSame };
}

/** An integer without sign, or `undefined`. */
function natural(text: string): number | undefined {
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
}

function integer(minimum: number, maximum: number): ValueKind {
  return {
    expected: `an integer from ${minimum} to ${maximum}`,
    read(text) {
      const value = /^-?[0-9]{1,9}$/.test(text) ? Number(text) : NaN;
      return value >= minimum && value <= maximum ? [String(value)] : undefined;
    },
    isShown: isSame,
  };
}

const UNITS = ["", "K", "M", "G", "T", "P"];

/** As memparse() of the kernel: a number of bytes, or of 1024, 1024², … of them. */
function bytes(text: string): number | undefined {
  const match = /^([0-9]{1,15})([KMGTP]?)$/i.exec(text);
  if (match === null) return undefined;
  const value = Number(match[1]) * 1024 ** UNITS.indexOf(match[2]!.toUpperCase());
  return value < 2 ** 63 ? value : undefined;
}

export const SIZE: ValueKind = {
  expected: "a number of bytes, with K, M, G, T or P for more, or max",
  read: (text) => text === MAX || bytes(text) !== undefined ? [text] : undefined,
  amount: (value) => value === MAX ? Infinity : bytes(value) ?? Infinity,
  isShown(line, content) {
    const [written, shown] = [bytes(line) ?? Infinity, content === MAX ? Infinity : Number(content)];
    // The largest number of pages is shown as no limit.
    return PAGE_SIZES.some((size) =>
      written - written % size === shown || shown === Infinity && written >= 2 ** 63 - size
    );
  },
};

/** Sizes are rounded down to pages, whose size depends on the kernel. */
const PAGE_SIZES = [4096, 16_384, 65_536];

/** Init is one of the node's processes, and its program another. The most is PID_MAX_LIMIT of `linux/threads.h`. */
export const PROCESSES: ValueKind = {
  expected: "an integer from 2 to 4194304, or max",
  read: (text) => text === MAX || inRange(natural(text), 2, 4_194_304) ? [text] : undefined,
  amount: (value) => value === MAX ? Infinity : Number(value),
  isShown: isSame,
};

function inRange(value: number | undefined, minimum: number, maximum: number): boolean {
  return value !== undefined && value >= minimum && value <= maximum;
}

const DEFAULT_PERIOD = "100000";

/** A single number is the quota; the period is written always, for the one of before would stay. */
export const BANDWIDTH: ValueKind = {
  expected: "QUOTA PERIOD in microseconds (quota from 1000 or max, period from 1000 to 1000000)",
  read(text) {
    const [quota = "", period = DEFAULT_PERIOD, ...rest] = text.split(/ +/);
    const valid = rest.length === 0 && (quota === MAX || inRange(natural(quota), 1000, Number.MAX_SAFE_INTEGER)) &&
      inRange(natural(period), 1000, 1_000_000);
    return valid ? [`${quota} ${period}`] : undefined;
  },
  amount(value) {
    const [quota, period] = value.split(" ");
    return quota === MAX ? Infinity : Number(quota) / Number(period);
  },
  isShown(line, content) {
    const shown = content.split(" ");
    return line.split(" ").every((word, index) => isSame(word, shown[index] ?? ""));
  },
};

export const WEIGHT = integer(1, 10_000);
export const NICE = integer(-20, 19);

export const SWITCH: ValueKind = {
  expected: "0 or 1",
  read: (text) => text === "0" || text === "1" ? [text] : undefined,
  isShown: isSame,
};

/** Numbers and ranges as cpuset(7) has them. */
export const LIST: ValueKind = {
  expected: "numbers and ranges, such as 0-3,6",
  read: (text) => text !== "" && listed(text) !== undefined ? [text] : undefined,
  isShown: (line, content) => listed(content)?.symmetricDifference(listed(line) ?? new Set()).size === 0,
};

/** The numbers of a list such as `0-3,6`; undefined when it is none. */
export function listed(text: string): ReadonlySet<number> | undefined {
  const numbers = new Set<number>();
  if (text === "") return numbers;
  for (const range of text.split(",")) {
    const match = /^([0-9]{1,5})(?:-([0-9]{1,5}))?$/.exec(range);
    const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
    if (!(first <= last)) return undefined;
    for (let number = first; number <= last; number++) numbers.add(number);
  }
  return numbers;
}

export const PARTITION = line(/^(?:member|root|isolated)$/, "member, root or isolated");

const DEVICE = "[0-9]{1,4}:[0-9]{1,7}";

/** Lines of `MAJOR:MINOR key=value…`: a file that is written once for each device. */
function devices(expected: string, values: Readonly<Record<string, RegExp>>, complete: readonly string[] = []) {
  const readLine = (text: string): string | undefined => {
    const [device = "", ...words] = text.split(/ +/);
    if (!new RegExp(`^${DEVICE}$`).test(device) || words.length === 0) return undefined;
    const given = new Map(words.map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]));
    if (given.size < words.length) return undefined;
    for (const [key, value] of given) if (values[key]?.test(value) !== true) return undefined;
    const rest = complete.filter((key) => !given.has(key)).map((key) => `${key}=${MAX}`);
    return [device, ...words, ...rest].join(" ");
  };
  return { expected, read: (text: string) => everyLine(text, readLine), isShown: isShownOfDevice };
}

/** A device without any limit has no line. */
function isShownOfDevice(line: string, content: string): boolean {
  const [device, ...written] = line.split(" ");
  const lines = content.split("\n").map((line) => line.split(" "));
  const shown = lines.find(([other]) => other === device)?.slice(1);
  if (shown === undefined) return written.every((word) => word.endsWith(`=${MAX}`));
  const split = (word: string) => [word.slice(0, word.indexOf("=") + 1), word.slice(word.indexOf("=") + 1)] as const;
  return written.map(split).every(([key, value]) =>
    shown.map(split).some(([other, found]) => other === key && isSame(value, found))
  );
}

function everyLine(text: string, read: (line: string) => string | undefined): readonly string[] | undefined {
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "").map(read);
  return lines.length > 0 && lines.every((line) => line !== undefined) ? lines : undefined;
}

const RATE = /^(?:max|[1-9][0-9]{0,14})$/;
const RATES = ["rbps", "wbps", "riops", "wiops"] as const;

/** Every key is written, for those of before would stay. */
export const IO_MAX: ValueKind = devices(
  "MAJOR:MINOR and rbps=, wbps=, riops= or wiops=, a line for each device",
  Object.fromEntries(RATES.map((key) => [key, RATE])),
  RATES,
);

export const IO_WEIGHT: ValueKind = {
  expected: "a weight from 1 to 10000, or MAJOR:MINOR and a weight, a line for each device",
  read: (text) =>
    everyLine(text, (line) => {
      const match = new RegExp(`^(?:(default|${DEVICE}) +)?([0-9]{1,5})$`).exec(line);
      if (match === null || !inRange(Number(match[2]), 1, 10_000)) return undefined;
      return `${match[1] ?? "default"} ${match[2]}`;
    }),
  isShown: isShownOfDevice,
};

const CONTROL = /^(?:auto|user)$/;
const NUMBER = /^[0-9]{1,15}$/;
const PERCENT = /^[0-9]{1,5}(?:\.[0-9]{1,2})?$/;

export const IO_COST_QOS: ValueKind = devices(
  "MAJOR:MINOR and enable=, ctrl=, rpct=, rlat=, wpct=, wlat=, min= or max=",
  {
    enable: /^[01]$/,
    ctrl: CONTROL,
    rpct: PERCENT,
    rlat: NUMBER,
    wpct: PERCENT,
    wlat: NUMBER,
    min: PERCENT,
    max: PERCENT,
  },
);

export const IO_COST_MODEL: ValueKind = devices(
  "MAJOR:MINOR and ctrl=, model=linear, rbps=, rseqiops=, rrandiops=, wbps=, wseqiops= or wrandiops=",
  {
    ctrl: CONTROL,
    model: /^linear$/,
    rbps: NUMBER,
    rseqiops: NUMBER,
    rrandiops: NUMBER,
    wbps: NUMBER,
    wseqiops: NUMBER,
    wrandiops: NUMBER,
  },
);
