import assert from "node:assert/strict";
import { RPMSENSE } from "../../../ffi/librpm/constants.ts";
import { matchesTrigger } from "./matches_trigger.ts";
import type { FileTrigger, PackageScripts, Script, ScriptName, Sense } from "./package_scripts.ts";
import { SENSES } from "./package_scripts.ts";
import { callsOf, type Schedule, scheduleScripts, type ScriptedElement } from "./schedule.ts";

const script: Script = { program: ["/bin/sh"], body: "true", isCritical: false, isTemplate: false };
const numerically = (one: string, other: string) => Math.sign(Number(one) - Number(other));

function scripted(name: string, version: string, more: Partial<PackageScripts> = {}): PackageScripts {
  const names: ScriptName[] = ["%pretrans", "%pre", "%post", "%preun", "%postun", "%posttrans"];
  return {
    package: { name, evr: `${version}-1`, arch: "noarch" },
    provides: [{ name, flags: RPMSENSE.EQUAL, version: `${version}-1` }],
    files: [`/opt/${name}/${version}`],
    scripts: Object.fromEntries(names.map((kind) => [kind, script])),
    triggers: [],
    triggerScripts: [],
    fileTriggers: [],
    transactionFileTriggers: [],
    prefixes: [],
    ...more,
  };
}

const quiet = (name: string, version: string, more: Partial<PackageScripts> = {}) =>
  scripted(name, version, { scripts: {}, ...more });
const triggered = (name: string, flags = 0, version = ""): Partial<PackageScripts> => ({
  triggers: (Object.keys(SENSES) as Sense[]).map((sense, at) => ({
    name,
    flags: flags | SENSES[sense],
    version,
    script: at,
  })),
  triggerScripts: Object.keys(SENSES).map(() => script),
});
const fileTrigger = (sense: Sense, priority: number, ...prefixes: string[]): FileTrigger => ({
  prefixes,
  flags: SENSES[sense],
  priority,
  script,
});
const add = (scripts: PackageScripts, replaces = false): ScriptedElement => ({ kind: "added", scripts, replaces });
const remove = (scripts: PackageScripts): ScriptedElement => ({ kind: "removed", scripts, replaces: false });

function texts(schedule: Schedule): string[] {
  return callsOf(schedule).map(({ kind, package: { name, evr }, arguments: args, input }) =>
    [kind, `${name}-${evr.split("-")[0]}`, ...args, ...input].join(" ")
  );
}
const schedule = (installed: readonly PackageScripts[], ...elements: readonly ScriptedElement[]) =>
  scheduleScripts(installed, elements, numerically);

Deno.test("scripts of a package are told how many of it there will be", () => {
  const [one, two] = [scripted("a", "1"), scripted("a", "2")];
  assert.deepEqual(texts(schedule([], add(one))), ["%pretrans a-1 1", "%pre a-1 1", "%post a-1 1", "%posttrans a-1 1"]);
  assert.deepEqual(texts(schedule([one], add(two, true), remove(one))), [
    "%pretrans a-2 2",
    "%pre a-2 2",
    "%post a-2 2",
    "%preun a-1 1",
    "%postun a-1 1",
    "%posttrans a-2 2",
  ]);
  assert.deepEqual(texts(schedule([one], remove(one))), ["%preun a-1 0", "%postun a-1 0"]);
});

Deno.test("each script is at its moment: before or after the files of its package", () => {
  const one = scripted("a", "1");
  const { begin, elements: [element], end } = schedule([], add(one));
  const kinds = (calls: Schedule["begin"]) => calls.map(({ kind }) => kind).join();
  assert.deepEqual([begin, element!.before, element!.after, end].map(kinds), [
    "%pretrans",
    "%pre",
    "%post",
    "%posttrans",
  ]);
});

Deno.test("triggers are run for packages that come and go, with both counts", () => {
  const [owner, source] = [quiet("owner", "1", triggered("a")), scripted("a", "1", { scripts: {} })];
  assert.deepEqual(texts(schedule([owner], add(source))), ["%triggerprein owner-1 1 0", "%triggerin owner-1 1 1"]);
  assert.deepEqual(texts(schedule([owner, source], remove(source))), [
    "%triggerun owner-1 1 0",
    "%triggerpostun owner-1 1 0",
  ]);
  assert.deepEqual(texts(schedule([source], add(owner))), ["%triggerprein owner-1 0 1", "%triggerin owner-1 1 1"]);
});

Deno.test("a trigger on versions is not set off by others", () => {
  const owner = quiet("owner", "1", triggered("a", RPMSENSE.GREATER | RPMSENSE.EQUAL, "2"));
  assert.deepEqual(texts(schedule([owner], add(quiet("a", "1")))), []);
  assert.equal(texts(schedule([owner], add(quiet("a", "3")))).length, 2);
});

Deno.test("file triggers get the paths that begin as they say, the highest priority first", () => {
  const owner = quiet("owner", "1", {
    fileTriggers: [fileTrigger("in", 1, "/opt/a"), fileTrigger("in", 100_000, "/opt/a/", "/usr")],
    transactionFileTriggers: [fileTrigger("in", 1, "/opt")],
  });
  assert.deepEqual(texts(schedule([owner], add(scripted("a", "1")), add(quiet("b", "1")))), [
    "%pretrans a-1 1",
    "%pre a-1 1",
    "%filetriggerin owner-1 0 /opt/a/1",
    "%post a-1 1",
    "%filetriggerin owner-1 0 /opt/a/1",
    "%posttrans a-1 1",
    "%transfiletriggerin owner-1 0 /opt/a/1 /opt/b/1",
  ]);
  assert.deepEqual(texts(schedule([owner], add(quiet("b", "1")))), ["%transfiletriggerin owner-1 0 /opt/b/1"]);
});

Deno.test("what a new version has as well does not go with the former one", () => {
  const files = ["/opt/a/same"];
  const owner = quiet("owner", "1", { fileTriggers: [fileTrigger("postun", 1, "/opt/a")] });
  const [one, two] = [quiet("a", "1", { files: [...files, "/opt/a/old"] }), quiet("a", "2", { files })];
  assert.deepEqual(texts(schedule([owner, one], add(two, true), remove(one))), [
    "%filetriggerpostun owner-1 0 /opt/a/old",
  ]);
});

Deno.test("a version is compared as far as both sides say it, and a release or epoch that is missing is none", () => {
  const { LESS, GREATER, EQUAL } = RPMSENSE;
  const has = (version: string) => ({ name: "a", flags: EQUAL, version });
  const cases: [string, number, string, boolean][] = [
    ["1-1", EQUAL, "1", true],
    ["1-1", EQUAL, "1-2", false],
    ["1:1-1", EQUAL, "1-1", false],
    ["0:1-1", EQUAL, "1-1", true],
    ["1:1-1", GREATER, "9", true],
    ["2-1", LESS, "2", false],
    ["2-1", LESS | EQUAL, "2", true],
    ["1-3", LESS, "1-4", true],
    ["1-1", 0, "", true],
  ];
  for (const [version, flags, wanted, expected] of cases) {
    const found = matchesTrigger(has(version), { name: "a", flags, version: wanted }, numerically);
    assert.equal(found, expected, `${version} ${flags} ${wanted}`);
  }
  assert.equal(matchesTrigger(has("1"), { name: "b", flags: 0, version: "" }, numerically), false);
});
