import * as assert from "node:assert/strict";
import { GetoptError } from "../getopt.ts";
import { dnfUsageText, isForManager, readDnfRequest } from "./dnf.ts";

Deno.test("the package manager runs in the node, in admin mode, with everything from the command on", () => {
  const request = readDnfRequest(["-s", "--redpath", "/n", "install", "-y", "--redpath=/x", "vim"]);
  assert.deepEqual([request?.redpath, request?.admin, request?.strict], ["/n", true, true]);
  assert.deepEqual(request?.program, ["redmicrodnf", "--redpath", "/n", "install", "-y", "--redpath=/x", "vim"]);
});

Deno.test("a command's name that is the value of an option is no command", () => {
  assert.deepEqual(readDnfRequest(["-r", "remove", "install", "x"])?.program.slice(2), ["remove", "install", "x"]);
});

Deno.test("the manager starts outside only where it is the command", () => {
  for (const line of ["manager", "-r /n manager --alias=x", "--unknown manager"]) {
    assert.equal(isForManager(line.split(" ")), true, line);
  }
  for (const line of ["-r manager install x", "-r /n install manager", "-r /n"]) {
    assert.equal(isForManager(line.split(" ")), false, line);
  }
});

Deno.test("without a node, a command, or with an unknown one, nothing is started", () => {
  for (const line of ["install x", "-r /n", "-r /n update", "-r /n --nonsense install"]) {
    assert.throws(() => readDnfRequest(line.split(" ")), GetoptError, line);
  }
});

Deno.test("help is the options of redwrap with the commands", () => {
  assert.equal(readDnfRequest(["-?"]), undefined);
  assert.match(dnfUsageText(), /^Usage: redwrap-dnf [^]*repoquery[^]*--redpath, --rpath, --rp=VALUE/);
});
