import assert from "node:assert/strict";
import { policyProblems } from "./_parse_fixtures.ts";
import { forbiddenCommands, parsePolicy } from "./policy.ts";

const FILE = "/etc/redpak/policy.yaml";

Deno.test("a policy is read with the place of each value", async () => {
  const { policy, locate } = await parsePolicy(
    "limits:\n  exports:\n    - { mode: restricted, mount: /usr/ }\n  config: { Share_Net: Disabled }\nowners: [root, 1000]\n",
    FILE,
  );
  assert.deepEqual(policy, {
    limits: { exports: [{ mode: "Restricted", mount: "/usr" }], config: { share_net: "disabled" } },
    owners: ["root", "1000"],
  });
  assert.deepEqual(locate(["limits", "exports", 0]), { file: FILE, line: 3, column: 7 });
});

Deno.test("commands are allowed unless the policy forbids them", async () => {
  assert.equal(forbiddenCommands(await parsePolicy("{}", FILE)), undefined);
  assert.equal(forbiddenCommands(await parsePolicy("commands: allow\n", FILE)), undefined);
  assert.deepEqual(forbiddenCommands(await parsePolicy("commands: Forbid\n", FILE)), {
    file: FILE,
    line: 1,
    column: 11,
  });
});

const REFUSED: Readonly<Record<string, readonly [text: string, problem: RegExp]>> = {
  "a misspelt key": ["limit: {}\n", /^1:1 E_KEY_UNKNOWN .*; hint: did you mean "limits"\?/],
  "a setting that limits nothing": ["limits: { config: { umask: 027 } }\n", /^1:\d+ E_KEY_UNKNOWN .*"umask"/],
  "a mode that exports nothing of the host": [
    "limits: { exports: [{ mode: Symlink, mount: /x, path: /y }] }\n",
    /^1:\d+ E_VALUE_ENUM .*"Symlink"; hint: allowed values: /,
  ],
  "a variable, which the caller's environment would decide about": [
    "limits: { exports: [{ mode: Public, mount: /x, path: $HOME }] }\n",
    /^1:\d+ E_VALUE_FORMAT .*expected an absolute path without variables and "\.\.", got "\$HOME"/,
  ],
  "a path that leads back": ["limits: { exports: [{ mode: Public, mount: /x/../y }] }\n", /E_VALUE_FORMAT/],
  "a group without a user": ["limits: { config: { set-group: can } }\n", /E_KEY_MISSING .*needs a "set-user"/],
  "commands neither allowed nor forbidden": [
    "commands: no\n",
    /^1:11 E_VALUE_ENUM .*; hint: allowed values: allow, forbid/,
  ],
  "an empty file": ["# nothing\n", /E_VALUE_TYPE .*the file is empty/],
  "an anchor": ["limits: &a {}\n", /E_YAML_FEATURE/],
};

for (const [what, [text, problem]] of Object.entries(REFUSED)) {
  Deno.test(`a policy with ${what} is refused`, async () => {
    const problems = await policyProblems(text);
    assert.equal(problems.length, 1);
    assert.match(problems[0]!, problem);
  });
}
