import assert from "node:assert/strict";
import { FACTS, makeFamily, type NodeFixture } from "./_fixtures.ts";
import { explainKey } from "./explain_key.ts";
import { mergeFamily } from "./merge.ts";

type Files = Pick<NodeFixture, "normal" | "admin">;

/** The value, then a line for each statement: what counts has a star. */
function explain(key: string, leaf: Files, parent: Files = {}, admin = false): unknown[] {
  const family = makeFamily({ path: "/p/c", ...leaf }, { path: "/p", ...parent });
  const explanation = explainKey(key, { family, merged: mergeFamily(family, { admin, facts: FACTS }) });
  if (!("subject" in explanation)) return [explanation.meant];
  const lines = explanation.statements.map(({ node, part, says, counts, because }) =>
    `${counts ? "*" : "-"} ${node} ${part} ${says}: ${because}`
  );
  return [explanation.subject, explanation.value, ...lines];
}

Deno.test("of a key, the nearest file counts, and the others are listed in their order", () => {
  const config = (hostname: string) => ({ normal: { config: { hostname } } });
  assert.deepEqual(explain("hostname", config("c"), config("p")), [
    "config.hostname",
    "c",
    "* /p/c normal hostname: c: the nearest",
    "- /p normal hostname: p: a nearer node says otherwise: /p/c/etc/redpak.yaml:1:2",
  ]);
});

Deno.test("an ancestor's admin file overrules, in admin mode only", () => {
  const leaf: Files = { normal: { config: { hostname: "c" } } };
  const parent: Files = { admin: { config: { hostname: "p" } } };
  assert.deepEqual(explain("config.hostname", leaf, parent, true).slice(1), [
    "p",
    "* /p admin hostname: p: the nearest of the admin files",
    "- /p/c normal hostname: c: overruled by the admin file: /p/etc/redpak-admin.yaml:1:2",
  ]);
  assert.equal(explain("config.hostname", leaf, parent)[1], "c");
});

Deno.test("what nobody says has no value", () => {
  assert.deepEqual(explain("umask", {}), ["config.umask", null]);
});

Deno.test("share_all counts where a key says nothing, and not for time", () => {
  const parent: Files = { normal: { config: { share_all: "disabled", share_net: "enabled" } } };
  assert.deepEqual(explain("share_pid", {}, parent).slice(1), [
    "disabled",
    "* /p normal share_all: disabled: nobody else says anything",
  ]);
  assert.deepEqual(explain("share_net", {}, parent).slice(1), [
    "enabled",
    "* /p normal share_net: enabled: nobody else says anything",
    "- /p normal share_all: disabled: share_net is said itself",
  ]);
  assert.deepEqual(explain("share_time", {}, parent).slice(1), [null]);
});

Deno.test("all elements of a search path count", () => {
  const config = (path: string) => ({ normal: { config: { path } } });
  assert.deepEqual(explain("path", config("/c"), config("/p")).slice(1), [
    "/c:/p",
    "* /p/c normal path: /c: comes first",
    "* /p normal path: /p: follows",
  ]);
});

Deno.test("PATH is what the search path says, whatever environ says", () => {
  const leaf: Files = {
    normal: { config: { path: "/c" }, environ: [{ key: "PATH", mode: "Static", value: "/x" }] },
  };
  assert.deepEqual(explain("PATH", leaf).slice(1), [
    "/c",
    "* /p/c normal path: /c: comes first",
    "- /p/c normal Static /x: config.path is set after it",
  ]);
});

Deno.test("a variable has the value that the program gets", () => {
  const leaf: Files = { normal: { environ: [{ key: "home", mode: "Default", value: "/h/$NODE_ALIAS" }] } };
  assert.deepEqual(explain("home", leaf).slice(1), [
    "/h/c",
    "* /p/c normal Default /h/$NODE_ALIAS: nobody else says anything",
  ]);
  assert.deepEqual(explain("environ.other", leaf), ["environ.other", null]);
});

Deno.test("a capability counts by its name before ALL, in any case", () => {
  const parent: Files = { normal: { config: { capabilities: [{ cap: "all", add: true }] } } };
  const leaf: Files = { normal: { config: { capabilities: [{ cap: "cap_kill", add: false }] } } };
  assert.deepEqual(explain("CAP_KILL", leaf, parent).slice(1), [
    "dropped",
    "* /p/c normal cap_kill: drop: nobody else says anything",
    "- /p normal all: add: CAP_KILL is said by name",
  ]);
  assert.deepEqual(explain("capabilities.cap_chown", leaf, parent).slice(1), [
    "added",
    "* /p normal all: add: nobody else says anything",
  ]);
});

Deno.test("limits of all levels count", () => {
  const limit = (max: string) => ({ normal: { config: { cgroups: { pids: { max } } } } });
  assert.deepEqual(explain("cgroups.pids.max", limit("5"), limit("9")).slice(1), [
    "5",
    "* /p/c normal 5: the node's own limit",
    "* /p normal 9: bounds all nodes in it together",
  ]);
});

Deno.test("a misspelt key gets a proposal", () => {
  assert.deepEqual(explain("hostnme", {}), ["hostname"]);
  assert.deepEqual(explain("nonsense-without-likeness", {}), [undefined]);
});

Deno.test("what is said of a service is about the node that says it, and no other", () => {
  const config = (...after: string[]) => ({ normal: { config: { after } } });
  assert.deepEqual(explain("after", config("a", "b"), config("c")), [
    "config.after",
    "a, b",
    "* /p/c normal after: a, b: the node's own",
    "- /p normal after: c: it is about the program of /p alone",
  ]);
  assert.deepEqual(explain("after", {}, config("c")).slice(0, 2), ["config.after", null]);
  const listen = { normal: { config: { listen: [{ stream: "80" }, { datagram: "@x" }] } } };
  assert.equal(explain("listen", listen)[1], "stream 80, datagram @x");
});
