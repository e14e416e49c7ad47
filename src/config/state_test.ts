import { deepEqual, doesNotThrow, equal, throws } from "node:assert/strict";
import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { makeFamily } from "./_fixtures.ts";
import { refuseDisabled } from "./state.ts";

Deno.test("a family that is enabled throughout may run", () => {
  doesNotThrow(() => refuseDisabled(makeFamily({ path: "/a/b" }, { path: "/a" })));
});

Deno.test("a disabled node is refused with its status file's position and the way out", () => {
  throws(() => refuseDisabled(makeFamily({ path: "/a/b", state: "Disable" }, { path: "/a" })), (error) => {
    if (!(error instanceof RedpakError)) return false;
    equal(error.code, "E_NODE_DISABLED");
    equal(error.exit, EXIT.configuration);
    equal(error.message, 'Cannot run "/a/b": it is disabled');
    equal(error.where?.file, "/a/b/.rednode.yaml");
    deepEqual(error.hints, ["redpak enable /a/b"]);
    return true;
  });
});

Deno.test("all ancestors that are not enabled are named at once", () => {
  const family = makeFamily({ path: "/a/b/c" }, { path: "/a/b", state: "Error" }, { path: "/a", state: "Disable" });
  throws(() => refuseDisabled(family), (error) => {
    if (!(error instanceof RedpakError)) return false;
    deepEqual(error.problems.map(({ message }) => message), [
      'Cannot run "/a/b/c": its ancestor "/a/b" is in state Error',
      'Cannot run "/a/b/c": its ancestor "/a" is disabled',
    ]);
    return true;
  });
});
