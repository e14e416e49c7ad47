import assert from "node:assert/strict";
import type { RedpakError } from "../core/error.ts";
import { Scratch } from "./_scratch.ts";
import { loadProfile, PROFILES } from "./load_profile.ts";

// Whom a profile may belong to is a matter of the directories up to `/`: tests/system/profile_test.ts.

const WHERE = { file: "/n", line: 1, column: 1 };

async function refusal(name: string, directory: string): Promise<RedpakError> {
  try {
    await loadProfile(name, WHERE, { directory });
  } catch (error) {
    return error as RedpakError;
  }
  throw new assert.AssertionError({ message: `${name} is a profile` });
}

Deno.test("every shipped profile can be read, and default says nothing", async () => {
  for (const name of Object.keys(PROFILES)) {
    const profile = await loadProfile(name, WHERE);
    assert.equal(profile.name, name);
    assert.equal(Object.keys(profile.config).length === 0, name === "default", name);
  }
});

Deno.test("an unknown profile is refused with what may have been meant, or what there is", async () => {
  using scratch = new Scratch();
  scratch.file("site.yaml", "config: {}\n");
  scratch.file("Not-a-name.yaml", "");
  const { code, exit, hints, where } = await refusal("sirte", scratch.path);
  assert.deepEqual([code, exit, hints, where], ["E_PROFILE_UNKNOWN", 3, ['did you mean "site"?'], WHERE]);
  const all = ["there are default, strict, nonetwork, trusted, site"];
  for (const name of ["something", "../site", "constructor", "", "/etc/passwd", "a\0"]) {
    assert.deepEqual((await refusal(name, scratch.path)).hints, all, name);
  }
  assert.match((await refusal("something", `${scratch.path}/absent`)).hints.join(), /trusted$/);
});
