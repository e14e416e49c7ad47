import { type Style, styleFor } from "../view/style.ts";
import { writeOutput } from "./write.ts";

/** Milliseconds between two pictures. */
const INTERVAL = 1000;

/** The terminal's other screen, without a cursor; and back (xterm's control sequences 1049 and 25). */
const [ENTER, LEAVE] = ["\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"];

/** Shows lines on the terminal, new ones each second, until `q`, Ctrl-C or the end of input. */
export async function watch(draw: (style: Style) => readonly string[], color: boolean): Promise<void> {
  const style = styleFor(color);
  Deno.stdin.setRaw(true);
  writeOutput(ENTER);
  try {
    const left = waitForQuit();
    for (let isLeft = false; !isLeft;) {
      // A terminal that does not know its size says 0.
      const { columns, rows } = Deno.consoleSize();
      const lines = [...draw(style), "", style.dim("q: leave")].slice(0, rows || Infinity);
      writeOutput(
        `\x1b[H\x1b[2J${
          lines.map((line) => color ? line : [...line].slice(0, columns || Infinity).join("")).join("\r\n")
        }`,
      );
      const tick = new Promise<false>((resolve) => setTimeout(() => resolve(false), INTERVAL));
      isLeft = await Promise.race([left, tick]);
    }
  } finally {
    writeOutput(LEAVE);
    Deno.stdin.setRaw(false);
  }
}

/** `q`, `Q` and Ctrl-C. */
const LEAVING = [0x71, 0x51, 0x03];

/** In raw mode the terminal makes no signal of Ctrl-C. */
async function waitForQuit(): Promise<true> {
  const buffer = new Uint8Array(64);
  while (true) {
    const count = await Deno.stdin.read(buffer);
    if (count === null || buffer.subarray(0, count).some((byte) => LEAVING.includes(byte))) return true;
  }
}
