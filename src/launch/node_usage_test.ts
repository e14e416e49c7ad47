import assert from "node:assert/strict";
import { parseKey, parsePressure, sumOf } from "./node_usage.ts";

Deno.test("a value is found by the whole word that begins its line", () => {
  assert.equal(parseKey("user_usec 1\nusage_usec 27\n", "usage_usec"), 27);
  assert.equal(parseKey("Pss_Dirty:  4 kB\nPss:  12 kB\n", "Pss:"), 12);
  assert.equal(parseKey("nothing\n", "Pss:"), null);
  assert.equal(parseKey(undefined, "Pss:"), null);
});

Deno.test("input and output are summed over the devices", () => {
  assert.equal(sumOf("8:0 rbytes=10 wbytes=1\n8:16 rbytes=5 dbytes=9\n", "rbytes"), 15);
  assert.equal(sumOf("", "rbytes"), 0);
  assert.equal(sumOf(undefined, "rbytes"), null);
});

Deno.test("pressure is that of some process over ten seconds", () => {
  assert.equal(parsePressure("some avg10=1.50 avg60=2.00 avg300=0.00 total=1\nfull avg10=9.00\n"), 1.5);
  assert.equal(parsePressure(undefined), null);
});
