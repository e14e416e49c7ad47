import assert from "node:assert/strict";
import { RedpakError } from "../core/error.ts";
import { FILE } from "./_parse_fixtures.ts";
import { parseConfig } from "./parse.ts";

/** What can be fixed in the text of a configuration. */
async function fixes(text: string): Promise<(string | undefined)[]> {
  try {
    await parseConfig(text, FILE, "normal");
  } catch (error) {
    if (!(error instanceof RedpakError)) throw error;
    return error.problems.map(({ fix }) => {
      if (fix === undefined || fix.action === "chmod") return undefined;
      assert.equal(fix.file, FILE);
      return `${fix.path.join(".")}${fix.action === "set" ? `=${fix.text}` : " removed"}`;
    });
  }
  return [];
}

const setting = (line: string) => fixes(`headers: {alias: a}\nconfig: {${line}}\n`);

Deno.test("a boolean of redpak 2.5 becomes what that took it for", async () => {
  for (const word of ["nope", "maybe", "", "~"]) {
    assert.deepEqual(await setting(`inherit-env: ${word}`), ["config.inherit-env=true"], word);
  }
});

Deno.test("a boolean that redpak 2.5 does not know is for its author to decide about", async () => {
  for (const key of ["tmpfs-exec", "notify"]) assert.deepEqual(await setting(`${key}: maybe`), [undefined], key);
  const entry = "{mode: Tmpfs, mount: /b, optional: nope, exec: nope, nosymfollow: nope}";
  assert.deepEqual(await fixes(`headers: {alias: a}\nexports:\n- ${entry}\n`), [undefined, undefined, undefined]);
});

Deno.test("a misspelt word, which redpak 2.5 took for true, is for its author to decide about", async () => {
  assert.deepEqual(await setting("gpgcheck: fals"), [undefined]);
  for (const word of ["disabled", "00"]) assert.deepEqual(await setting(`gpgcheck: ${word}`), [undefined], word);
});

Deno.test("a number of an option becomes the word that its bits stand for", async () => {
  assert.deepEqual(await setting("new-session: 7"), ["config.new-session=Enabled"]);
  assert.deepEqual(await setting("new-session: 5"), ["config.new-session=Disabled"]);
  assert.deepEqual(await setting("new-session: -2"), ["config.new-session=Enabled"]);
  for (const odd of ["enabeld", "012", "7.5"]) assert.deepEqual(await setting(`new-session: ${odd}`), [undefined], odd);
});

Deno.test("relocations are removed, other unknown keys are not", async () => {
  assert.deepEqual(await fixes("headers: {alias: a}\nRelocations: [{old: /a, new: /b}]\n"), ["Relocations removed"]);
  assert.deepEqual(await fixes("headers: {alias: a, relocations: 1}\nnonsense: 1\nexprts: []\n"), [
    undefined,
    undefined,
    undefined,
  ]);
});
