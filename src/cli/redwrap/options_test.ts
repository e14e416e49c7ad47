import * as assert from "node:assert/strict";
import { GetoptError } from "../getopt.ts";
import { readRequest, type RedwrapRequest, usageText } from "./options.ts";

const DEFAULTS: RedwrapRequest = {
  redpath: "/n",
  admin: false,
  bwrap: "/usr/bin/bwrap",
  dump: "no",
  strict: false,
  verbose: false,
  program: ["ls"],
};

const UNDERSTOOD: readonly (readonly [line: string, request: Partial<RedwrapRequest>])[] = [
  ["-r /n ls", {}],
  ["--redpath=/n -- ls", {}],
  ["ls --rp /n", {}],
  ["-r /n -- ls -r /x --bind", { program: ["ls", "-r", "/x", "--bind"] }],
  ["-r /n -- --bind / /x", { program: ["--bind", "/", "/x"] }],
  ["-r /x -r /n ls", {}],
  ["-r /n -a ls", { admin: true }],
  ["-r /n --admin=no ls", { admin: true }],
  ["-r /n --dump ls", { dump: "and-run" }],
  ["-r /n --dump-only", { dump: "only", program: [] }],
  ["-r /n -D --dump ls", { dump: "only" }],
  ["-r /n --bw /opt/bwrap ls", { bwrap: "/opt/bwrap" }],
  ["-r /n --strict ls", { strict: true }],
  ["-r /n -sYES ls", { strict: true }],
  ["-r /n -sno ls", { strict: false }],
  ["-r /n -s --force ls", { strict: false }],
  ["-r /n --force=no ls", { strict: true }],
  ["-r /n --unsafe=yes ls", {}],
  ["-r /n --uid 7 --gid=audio ls", { user: "7", group: "audio" }],
  ["-r /n -S label ls", { smack: "label" }],
  ["-r /n -v5 --verb ls", { verbose: true }],
];

for (const [line, request] of UNDERSTOOD) {
  Deno.test(`redwrap understands "${line}"`, () => {
    assert.deepEqual(readRequest(line.split(" ")), { ...DEFAULTS, ...request });
  });
}

for (const line of ["ls", "-r /n", "-r /n --strict=maybe ls", "-r /n -fx ls", "-r /n -d ls", "-r /n --u ls"]) {
  Deno.test(`redwrap refuses "${line}"`, () => {
    assert.throws(() => readRequest(line.split(" ")), GetoptError);
  });
}

Deno.test("help is asked for before anything is missing", () => {
  assert.equal(readRequest(["-?"]), undefined);
  assert.equal(readRequest(["--help"]), undefined);
  assert.match(usageText(), /--redpath, --rpath, --rp=VALUE\n/);
});
