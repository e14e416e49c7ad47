import assert from "node:assert/strict";
import { RedpakError } from "../core/error.ts";
import { readFlags } from "./application.ts";
import { COMMANDS } from "./commands.ts";

Deno.test("flags are read by their kinds", async () => {
  const { alias, template, ...create } = await readFlags("create", COMMANDS.create, ["--alias", "x", "--dry-run"]);
  assert.deepEqual([alias, template, create["dry-run"]], ["x", undefined, true]);
  assert.equal((await readFlags("plan", COMMANDS.plan, ["--format=json"])).format, "json");
});

Deno.test("nothing is proposed for a flag that resembles none", async () => {
  await assert.rejects(
    readFlags("show", COMMANDS.show, ["--nope"]),
    (error: Error) => !/did you mean/.test(error.message),
  );
});

for (
  const [flags, expected] of [
    [["--admn"], /--admin/],
    [["--jsn"], /--json/],
    [["--format", "jso"], /json/],
    [["--format"], /format/],
    [["-x"], /x/],
  ] as const
) {
  Deno.test(`"${flags.join(" ")}" is a usage error that tells what is possible`, async () => {
    await assert.rejects(readFlags("plan", COMMANDS.plan, flags), (error) => {
      assert(error instanceof RedpakError);
      assert.equal(error.exit, 2);
      assert.match(error.message, expected);
      return true;
    });
  });
}
