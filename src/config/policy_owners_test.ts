import assert from "node:assert/strict";
import { RedpakError } from "../core/error.ts";
import { FACTS } from "./_fixtures.ts";
import { parsePolicy } from "./policy.ts";
import { type Owners, policyOwners } from "./policy_owners.ts";

async function owners(text: string): Promise<Owners | undefined> {
  return policyOwners(await parsePolicy(text, "/p"), FACTS);
}

Deno.test("owners are users by name or number", async () => {
  assert.deepEqual(await owners("owners: [driver, 1000]\n"), {
    uids: [77, 1000],
    where: { file: "/p", line: 1, column: 9 },
  });
});

Deno.test("a policy that lists nobody trusts root alone, one that says nothing does not decide", async () => {
  assert.deepEqual((await owners("owners: []\n"))?.uids, []);
  assert.equal(await owners("{}"), undefined);
});

Deno.test("owners that the machine does not know make the policy invalid, all at once", async () => {
  await assert.rejects(() => owners("owners: [driver, nobody-here, 4294967295]\n"), (error) => {
    assert(error instanceof RedpakError);
    assert.equal(error.code, "E_POLICY_INVALID");
    assert.deepEqual(error.problems.map(({ message, where }) => [message, where?.column]), [
      ['Cannot trust user "nobody-here": this machine knows no such user', 18],
      ['Cannot trust user "4294967295": ids go from 0 to 4294967294', 31],
    ]);
    return true;
  });
});
