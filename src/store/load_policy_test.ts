import assert from "node:assert/strict";
import { code, Scratch } from "./_scratch.ts";
import { loadPolicy } from "./load_policy.ts";

// Whom a policy may belong to is a matter of the directories up to `/`: tests/system/policy_test.ts.

Deno.test("a machine without the file has no policy", async () => {
  using scratch = new Scratch();
  assert.equal(await loadPolicy(`${scratch.path}/policy.yaml`), undefined);
  assert.equal(await loadPolicy(`${scratch.path}/redpak/policy.yaml`), undefined);
});

Deno.test("what is no regular file is an error, not the absence of a policy", async () => {
  using scratch = new Scratch();
  Deno.mkdirSync(`${scratch.path}/policy.yaml`);
  assert.equal(await code(() => loadPolicy(`${scratch.path}/policy.yaml`)), "E_NOT_REGULAR");
  scratch.file("file", "");
  assert.equal(await code(() => loadPolicy(`${scratch.path}/file/policy.yaml`)), "E_IO");
});
