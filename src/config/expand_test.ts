import { deepEqual, equal, match, throws } from "node:assert/strict";
import * as fc from "fast-check";
import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { FACTS, makeNode } from "./_fixtures.ts";
import { expand, type ExpansionContext } from "./expand.ts";

const WHERE = { file: "/x/etc/redpak.yaml", line: 3, column: 7 };
const ENV = { FOO: "foo", BAR: "<$FOO>", EMPTY: "" };
const OUTPUTS: Record<string, string> = {
  "echo hi": "hi\n",
  "printf abc": "abc",
  "echo $FOO foo": "foo foo\n",
  "echo ": "\n",
  "echo $(echo nested)": "nested\n",
  "true": "",
  "(1+2)": "3\n",
  "echo '": "early\n",
};

function context(changes: Partial<ExpansionContext> & { env?: Record<string, string> } = {}): ExpansionContext {
  const node = makeNode({ path: "/srv/x", headers: { name: "nm $NODE_ALIAS" } });
  return {
    node,
    leaf: node,
    facts: { ...FACTS, env: { ...ENV, ...changes.env } },
    outputs: new Map(Object.entries(OUTPUTS)),
    commands: true,
    ...changes,
  };
}

function failure(code: string, text: string, given = context()): RedpakError {
  let caught: unknown;
  throws(() => expand(text, WHERE, given), (error) => {
    caught = error;
    return error instanceof RedpakError;
  });
  const error = caught as RedpakError;
  equal(error.code, code);
  deepEqual(error.where, WHERE);
  equal(error.exit, EXIT.configuration);
  return error;
}

const OBSERVED: readonly [text: string, result: string][] = [
  ["${FOO}", "{FOO}"],
  ["a$", "a"],
  ["a$ b", "a b"],
  ["a$$b", "a"],
  ["$-x", "-x"],
  ["$1", ""],
  ["\\$FOO", "$FOO"],
  ["\\\\$FOO", "\\$FOO"],
  ["\\n\\\\", "\\n\\\\"],
  ["$FOO\\$FOO", "foo$FOO"],
  ["$FOO$BAR", "foo<foo>"],
  ["x$UNDEFINEDx-$EMPTY.", "x-."],
  ["$NODE_NAME", "nm x"],
  ["$FOO-$foo-$Node_alias", "foo--"],
  ["$FOO($BAR)", "foo(<foo>)"],
  ["$(echo hi)!", "hi\n!"],
  ["100% $(printf abc)def", "100% abcdef"],
  ["$(echo \\$FOO $FOO)", "foo foo\n"],
  ["$(echo $(echo nested))", "\n"],
  ["$(echo \\$(echo nested))", "nested\n"],
  ["$unterminated( x $(foo", "( x (foo"],
  ["$((1+2))", "3\n"],
  ["$(echo ')')", "early\n')"],
  ["é$FOO€", "éfoo€"],
];
for (const [text, result] of OBSERVED) {
  Deno.test(`${JSON.stringify(text)} expands to ${JSON.stringify(result)}`, () => {
    deepEqual(expand(text, WHERE, context()), { text: result, pending: [] });
  });
}

const PREDEFINED: readonly [text: string, result: string][] = [
  ["$NODE_ALIAS $NODE_PATH", "parent /srv"],
  ["$NODE_NAME|$NODE_INFO", "up|#undef:NODE_INFO"],
  ["$LEAF_ALIAS $LEAF_PATH", "x /srv/x"],
  ["$LEAF_NAME|$LEAF_INFO", "#undef:LEAF_NAME|of parent"],
  ["$UID:$GID:$PID", "1000:100:4242"],
  ["$TODAY", "01-Feb-2003 04:05 (UTC)"],
  ["$UUID", "00000000-0000-4000-8000-000000000000"],
  ["$HOSTNAME $USER $LOGNAME", "localhost Unknown Unknown"],
  ["$REDPESK_VERSION", "agl-redpesk9"],
  ["[$NODE_PREFIX]", "[]"],
  ["$redpak_MAIN", "/etc/redpak/main.yaml"],
  ["$redpak_TMPL", "/etc/redpak/templates.d"],
  ["$redpak_MAIN_ADMIN", ""],
  ["$REDNODE_CONF", "/srv/etc/redpak.yaml"],
  ["$REDNODE_ADMIN", "/srv/etc/redpak-admin.yaml"],
  ["$REDNODE_STATUS", "/srv/.rednode.yaml"],
  ["$REDNODE_VARDIR", "/srv/var/rpm/lib"],
  ["$REDNODE_REPODIR", "/srv/etc/yum.repos.d"],
  ["$REDNODE_LOCK", "/srv/.rpm.lock"],
  ["$CGROUPS_MOUNT_POINT", "/sys/fs/cgroup"],
  ["$constructor$__proto__$toString", ""],
];
const PARENT = makeNode({ path: "/srv", headers: { alias: "parent", name: "up" } });
const LEAF = makeNode({ path: "/srv/x", headers: { info: "of $NODE_ALIAS" } });
for (const [text, result] of PREDEFINED) {
  Deno.test(`the predefined ${text} is ${JSON.stringify(result)}`, () => {
    equal(expand(text, WHERE, context({ node: PARENT, leaf: LEAF, facts: FACTS })).text, result);
  });
}

Deno.test("the environment changes only the predefined variables that allow it", () => {
  const names = ["HOSTNAME", "USER", "LOGNAME", "REDPESK_VERSION", "NODE_PREFIX", "redpak_MAIN", "redpak_TMPL"];
  for (const name of [...names, "CGROUPS_MOUNT_POINT"]) {
    equal(expand(`$${name}`, WHERE, context({ env: { [name]: "mine" } })).text, "mine", name);
  }
  for (const name of ["UID", "GID", "PID", "TODAY", "UUID", "NODE_PATH", "NODE_ALIAS", "REDNODE_CONF"]) {
    const changed = context({ facts: { ...FACTS, env: { [name]: "mine" } } });
    equal(expand(`$${name}`, WHERE, changed).text, expand(`$${name}`, WHERE, context()).text, name);
  }
});

Deno.test("redpak_MAIN lies below NODE_PREFIX", () => {
  equal(expand("$redpak_MAIN", WHERE, context({ env: { NODE_PREFIX: "/p" } })).text, "/p/etc/redpak/main.yaml");
});

Deno.test("each $UUID is another", () => {
  const seen = new Set<string>();
  const facts = { ...FACTS, uuid: (occurrence: string) => `u${seen.add(occurrence).size}` };
  equal(expand("$UUID $UUID", WHERE, context({ facts })).text, "u1 u2");
  equal(expand("$UUID $UUID", WHERE, context({ facts })).text, "u2 u2", "at the same places they are the same");
});

Deno.test("the root directory as a node doubles no slash", () => {
  const node = makeNode({ path: "/", headers: { alias: "r" } });
  equal(expand("$REDNODE_CONF", WHERE, context({ node })).text, "/etc/redpak.yaml");
});

Deno.test("a $ in the path of a node is no variable", () => {
  equal(expand("$NODE_PATH", WHERE, context({ node: makeNode({ path: "/srv/$FOO" }) })).text, "/srv/$FOO");
});

Deno.test("a command that has not been run stays in the text and is pending", () => {
  deepEqual(expand("a$(id $FOO)b$(id -g)", WHERE, context()), {
    text: "a$(id foo)b$(id -g)",
    pending: [
      { command: "id foo", use: "substitution", where: WHERE },
      { command: "id -g", use: "substitution", where: WHERE },
    ],
  });
});

Deno.test("the output of a command is not expanded", () => {
  equal(expand("$(x)", WHERE, context({ outputs: new Map([["x", "$FOO\\$"]]) })).text, "$FOO\\$");
});

Deno.test("a command inside the value of a variable, or where commands are off, is nothing", () => {
  equal(expand("[$V]", WHERE, context({ env: { V: "$(echo hi)" } })).text, "[]");
  deepEqual(expand("/a:$(echo /c):b", WHERE, context({ commands: false })), { text: "/a::b", pending: [] });
});

Deno.test("a command that printed nothing is an error", () => {
  match(failure("E_EXPAND_EMPTY", "$(true)").message, /^Cannot expand "\$\(true\)": the command "true" printed/);
});

Deno.test("a variable that contains itself is an error that names the chain", () => {
  const env = { A: "x$B", B: "$A", S: "$S" };
  match(failure("E_EXPAND_CYCLE", "1 $A", context({ env })).message, /\$A -> \$B -> \$A$/);
  failure("E_EXPAND_CYCLE", "$S", context({ env }));
  const node = makeNode({ path: "/x", headers: { info: "see $NODE_INFO" } });
  failure("E_EXPAND_CYCLE", "$NODE_INFO", context({ node }));
});

Deno.test("a variable may be used twice without being a cycle", () => {
  equal(expand("$BAR$BAR$FOO", WHERE, context()).text, "<foo><foo>foo");
});

Deno.test("4096 bytes are allowed, one more is an error", () => {
  equal(expand("é".repeat(2048), WHERE, context()).text.length, 2048);
  failure("E_EXPAND_LIMIT", "é".repeat(2048) + "a");
  failure("E_EXPAND_LIMIT", "$V$V", context({ env: { V: "v".repeat(2049) } }));
});

Deno.test("the text of a pending command does not count as length of the result", () => {
  const text = `$(${"c".repeat(4000)})${"x".repeat(4000)}`;
  equal(expand(text, WHERE, context()).pending.length, 1);
});

Deno.test("32 levels of variables are allowed, 33 are an error", () => {
  const levels = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`V${i}`, i + 1 < count ? `$V${i + 1}` : "end"]));
  equal(expand("$V0", WHERE, context({ env: levels(32) })).text, "end");
  failure("E_EXPAND_LIMIT", "$V0", context({ env: levels(33) }));
});

Deno.test("variables that double each other into nothing end in an error, not in a hang", () => {
  const env = Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`V${i}`, `$V${i + 1}$V${i + 1}`]));
  failure("E_EXPAND_LIMIT", "$V0", context({ env }));
});

Deno.test("a long row of commands without end is only text", () => {
  equal(expand("$(".repeat(4000), WHERE, context()).text, "(".repeat(4000));
  failure("E_EXPAND_LIMIT", "$(".repeat(500_000));
});

const NOISE = fc.string({ unit: fc.constantFrom("$", "\\", "(", ")", "A", "B", " ", "{", "}", "é", "\0", ":") });

Deno.test("random text expands or fails with a RedpakError", () => {
  fc.assert(fc.property(NOISE, NOISE, NOISE, fc.string(), fc.boolean(), (text, A, B, AB, commands) => {
    const outputs = new Map([[A, B], ["", "x"]]);
    try {
      const expanded = expand(text + AB, WHERE, context({ env: { A, B, AB }, outputs, commands }));
      for (const { command } of expanded.pending) equal(expanded.text.includes(`$(${command})`), true);
    } catch (error) {
      if (!(error instanceof RedpakError)) throw error;
    }
  }));
});

Deno.test("text without $ stands for itself", () => {
  fc.assert(fc.property(fc.string().filter((text) => !text.includes("$")), (text) => {
    deepEqual(expand(text, WHERE, context()), { text, pending: [] });
  }));
});

Deno.test("with every $ escaped any text stands for itself", () => {
  fc.assert(fc.property(fc.oneof(NOISE, fc.string()), (text) => {
    equal(expand(text.replaceAll("$", "\\$"), WHERE, context()).text, text);
  }));
});
