import { deepEqual } from "node:assert/strict";
import { RedpakError } from "../core/error.ts";
import { parseConfig } from "./parse.ts";

async function read(config: string) {
  try {
    return (await parseConfig(`headers: { alias: a }\nconfig: { ${config} }`, "f", "normal")).config.config;
  } catch (error) {
    if (!(error instanceof RedpakError)) throw error;
    return (error.problems.length > 0 ? error.problems : [error]).map(({ code, where }) =>
      `${code} ${where?.line}:${where?.column}`
    );
  }
}

Deno.test("sockets have addresses that a unit file has as they are", async () => {
  const addresses = ["1", "65535", "0.0.0.0:80", "[::1]:443", "/run/nav.sock", "@nav"];
  for (const stream of addresses) {
    deepEqual(await read(`listen: [ { stream: "${stream}" } ]`), { listen: [{ stream }] });
    deepEqual(await read(`listen: [ { datagram: "${stream}" } ]`), { listen: [{ datagram: stream }] });
  }
  const wrong = [
    "0",
    "65536",
    "80 81",
    "host:80",
    "::1:80",
    "/run/%n",
    "/run/a b",
    "/run/a\\nb",
    "run/a",
    "/run/$X",
    "",
    "@",
  ];
  for (const stream of wrong) {
    deepEqual(await read(`listen: [ { stream: "${stream}" } ]`), ["E_VALUE_FORMAT 2:31"], stream);
  }
  deepEqual(await read("listen: [ { stream: 80, datagram: 80 } ]"), ["E_VALUE_FORMAT 2:21"]);
  deepEqual(await read("listen: [ { } ]"), ["E_VALUE_FORMAT 2:21"]);
});

Deno.test("after has aliases and absolute paths, each one word", async () => {
  deepEqual(await read("after: [ nav-2, /srv/n/x ], notify: yes"), { after: ["nav-2", "/srv/n/x"], notify: true });
  for (const name of ["Nav", "./nav", "a b", "/a b", "/a\\n", "$X", "", "/x/$X"]) {
    deepEqual(await read(`after: [ "${name}" ]`), ["E_VALUE_FORMAT 2:20"], name);
  }
});
