import assert from "node:assert/strict";
import { bold, roffText, section, term, verbatim } from "./roff.ts";

Deno.test("no text is a request, an escape or a hyphen that cannot be copied", () => {
  assert.equal(roffText(".so /etc/passwd\n'x\\fB --a"), "\\&.so /etc/passwd\n\\&'x\\efB \\-\\-a");
});

Deno.test("a page is ASCII", () => {
  assert.equal(roffText("aé…b"), "a\\[u00E9]...b");
});

Deno.test("pieces are what man(7) has for them", () => {
  assert.equal(section("exit codes", "x"), '.SH "EXIT CODES"\nx');
  assert.equal(term(bold("-v"), ""), ".TP\n\\fB\\-v\\fR\n\\&");
  assert.equal(verbatim("a  b"), ".PP\n.nf\na  b\n.fi");
});
