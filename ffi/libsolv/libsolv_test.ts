import assert from "node:assert/strict";
import { LibraryMissing } from "../library_error.ts";
import { checkLayout } from "./check_layout.ts";
import { LAYOUT } from "./layout.ts";
import { libsolv } from "./libsolv.ts";
import { Pool } from "./pool.ts";
import { Queue } from "./queue.ts";

const ignore = isMissing();

/** A transaction is only made by a solver, and its class looks; a new repository has 0 there and around; only room. */
const UNSEEN = ["Transaction.steps", "Repo.priority", "Repo.subpriority", "Queue.size"];

function isMissing(): boolean {
  try {
    libsolv();
    return false;
  } catch (error) {
    if (!(error instanceof LibraryMissing)) throw error;
    console.log(`skipped: ${error.message}`);
    return true;
  }
}

Deno.test({
  name: "a member that is in another place is noticed",
  ignore,
  fn() {
    assert.equal(checkLayout(libsolv()), undefined);
    for (const [struct, members] of Object.entries(LAYOUT) as [string, Record<string, number>][]) {
      for (const [member, offset] of Object.entries(members)) {
        if (UNSEEN.includes(`${struct}.${member}`)) continue;
        members[member] = offset + 8;
        try {
          assert.notEqual(checkLayout(libsolv()), undefined, `${struct}.${member}`);
        } finally {
          members[member] = offset;
        }
      }
    }
  },
});

Deno.test({
  name: "a queue holds what was put into it",
  ignore,
  fn() {
    for (const ids of [[], [1], Array.from({ length: 1000 }, (_, index) => index - 500)]) {
      using queue = new Queue(ids);
      assert.deepEqual(queue.ids, ids);
    }
  },
});

Deno.test({
  name: "versions are compared as rpm does, not as dpkg",
  ignore,
  fn() {
    using pool = new Pool("x86_64");
    assert(pool.compareVersions("1.2-1", "1.10-1") < 0);
    assert(pool.compareVersions("1:1-1", "2-1") > 0);
    assert(pool.compareVersions("1.0~rc1-1", "1.0-1") < 0);
    assert.equal(pool.compareVersions("0:1-1", "1-1"), 0);
    // What separates counts for dpkg.
    assert.equal(pool.compareVersions("1_0-1", "1.0-1"), 0);
  },
});
