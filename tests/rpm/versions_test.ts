/** Versions: what the solver takes for newer is newer for librpm, which carries it out. */
import assert from "node:assert/strict";
import { cText } from "../../ffi/libc/memory.ts";
import { Pool } from "../../ffi/libsolv/pool.ts";
import { librpmLibrary } from "../../ffi/librpm/librpm.ts";
import { lazySymbols } from "../../ffi/shared_library.ts";

const rpm = lazySymbols(librpmLibrary(), {
  /** `int rpmvercmp(const char *a, const char *b)` */
  rpmvercmp: { parameters: ["buffer", "buffer"], result: "i32" },
});

/** What versions are made of: numbers, letters, separators, and the two characters that are older and newer than nothing. */
const PIECES = ["0", "1", "01", "2", "10", "999999999999999999999", "a", "B", "rc", "z", ".", "_", "+", "..", "~", "^"];

function* versions(): Generator<string> {
  for (const first of PIECES) {
    yield first;
    for (const second of PIECES) {
      yield first + second;
      for (const third of PIECES) yield first + second + third;
    }
  }
}

const sign = (number: number) => Math.sign(number);

Deno.test("libsolv and librpm put all versions into the same order [H24]", () => {
  using pool = new Pool("x86_64");
  const all = [...versions()];
  let pairs = 0;
  // Each with some of the others, evenly: with all of them it would take minutes.
  for (let one = 0; one < all.length; one++) {
    for (let other = one % 397; other < all.length; other += 397) {
      const [a, b] = [all[one]!, all[other]!];
      const expected = sign(rpm.rpmvercmp(cText(a), cText(b)));
      assert.equal(sign(pool.compareVersions(a, b)), expected, `${a} and ${b}`);
      assert.equal(sign(pool.compareVersions(`1:${a}-1`, `1:${b}-1`)), expected, `1:${a}-1 and 1:${b}-1`);
      pairs++;
    }
  }
  console.log(`${pairs} pairs of ${all.length} versions`);
});

Deno.test("an epoch counts more than a version, and a release less", () => {
  using pool = new Pool("x86_64");
  for (
    const [older, newer] of [
      ["9-9", "1:1-1"],
      ["1:9-9", "2:0-1"],
      ["1.0-9", "1.1-1"],
      ["1.0~rc1-1", "1.0-1"],
      ["1.0-1", "1.0^git1-1"],
      ["1.0^git1-1", "1.0.1-1"],
      ["1.9-1", "1.10-1"],
      ["1.a-1", "1.1-1"],
    ] as const
  ) {
    assert(pool.compareVersions(older, newer) < 0, `${older} and ${newer}`);
    assert(pool.compareVersions(newer, older) > 0, `${newer} and ${older}`);
  }
});
