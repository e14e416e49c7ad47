/**
 * The stage reads plans that somebody has damaged, as a plain program under sanitizers: tests/fuzz/stage_fuzz.c.
 *
 * REDPAK_FUZZ=10000 damages each of the corpus so often; `make -C tests/fuzz fuzz` makes a program of LLVM's libFuzzer.
 */
import assert from "node:assert/strict";
import { exec } from "./_node.ts";

const DAMAGES = Number(Deno.env.get("REDPAK_FUZZ") ?? 500);
const FUZZ = new URL("../fuzz", import.meta.url).pathname;

Deno.test("whatever a plan holds and the kernel answers, the stage stays within its memory", () => {
  const build = Deno.makeTempDirSync({ prefix: "redpak-fuzz-" });
  try {
    const made = exec("make", ["--silent", "-C", FUZZ, `BUILD=${build}`]);
    assert.equal(made.code, 0, made.stderr);
    const corpus = [...Deno.readDirSync(`${FUZZ}/corpus`)].map(({ name }) => `${FUZZ}/corpus/${name}`).toSorted();
    const { code, stdout, stderr } = exec(`${build}/stage_fuzz`, [String(DAMAGES), ...corpus]);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, `${corpus.length * (DAMAGES + 1)} inputs\n`);
    assert.ok(corpus.length > 5);
  } finally {
    Deno.removeSync(build, { recursive: true });
  }
});
