import * as assert from "node:assert/strict";
import { makeFamily } from "./_fixtures.ts";
import { mergeFields } from "./merge_fields.ts";
import { visitParts } from "./merge_visit.ts";

Deno.test("each field is that of the nearest node which sets it, an admin file before all normal ones", () => {
  const ports = (network: { bind?: number[]; connect?: number[] }) => ({ config: { network } });
  const family = makeFamily(
    { path: "/p/c", normal: ports({ bind: [1] }) },
    { path: "/p", normal: ports({ bind: [2], connect: [3] }), admin: ports({ bind: [4] }) },
  );
  const values = (admin: boolean) => {
    const { bind, connect } = mergeFields("network", visitParts(family, admin));
    return [bind?.value, bind?.node.path, connect?.value, connect?.node.path];
  };
  assert.deepEqual(values(false), [[1], "/p/c", [3], "/p"]);
  assert.deepEqual(values(true), [[4], "/p", [3], "/p"]);
});
