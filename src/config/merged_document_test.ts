import { deepEqual, equal } from "node:assert/strict";
import { FACTS, makeFamily } from "./_fixtures.ts";
import { mergeFamily } from "./merge.ts";
import { toConfig } from "./merged_document.ts";
import { parseConfig } from "./parse.ts";
import { STRICT } from "./dialect.ts";
import { schemasOf } from "./schema.ts";

const FAMILY = makeFamily(
  {
    path: "/a/b",
    headers: { info: "leaf" },
    normal: {
      exports: [{ mode: "Tmpfs", mount: "/tmp" }],
      environ: [{ mode: "Remove", key: "X", value: "ignored" }],
      config: {
        cgroups: { mem: { high: "1", max: "2" } },
        path: "/b",
        chdir: "/",
        share_net: { join: "/ns" },
        network: { bind: [80] },
      },
    },
    admin: { config: { cgroups: { mem: { max: "3" } }, capabilities: [{ cap: "cap_kill", add: true, info: "i" }] } },
  },
  {
    path: "/a",
    normal: {
      exports: [{ mode: "Restricted", mount: "/lib", path: "/usr/lib", warn: "w" }],
      config: {
        path: "/a:/b",
        cachedir: "/c",
        umask: "027",
        verbose: 1,
        gpgcheck: true,
        share_all: "disabled",
        rlimits: { nproc: { soft: 1n, hard: 2n } },
      },
    },
  },
);
const { document, origins } = toConfig(mergeFamily(FAMILY, { admin: true, facts: FACTS }));

Deno.test("the merged configuration is printed as a file, keys in their order", () => {
  const expected = {
    headers: { alias: "b", info: "leaf" },
    exports: [{ mode: "Restricted", mount: "/lib", path: "/usr/lib", warn: "w" }, { mode: "Tmpfs", mount: "/tmp" }],
    environ: [{ mode: "Remove", key: "X" }],
    config: {
      cachedir: "/c",
      path: "/b:/a",
      umask: "027",
      verbose: 1,
      gpgcheck: true,
      share_user: "disabled",
      share_cgroup: "disabled",
      share_net: "/ns",
      share_pid: "disabled",
      share_ipc: "disabled",
      network: { bind: [80] },
      rlimits: { nproc: "1:2" },
      cgroups: { mem: { max: "3", high: "1" } },
      chdir: "/",
      capabilities: [{ cap: "CAP_KILL", add: 1, info: "i" }],
    },
  };
  equal(JSON.stringify(document, null, 1), JSON.stringify(expected, null, 1));
});

Deno.test("as texts, the document is a valid configuration", () => {
  const texts = JSON.parse(JSON.stringify(document), (_, value) => typeof value === "object" ? value : String(value));
  equal(schemasOf(STRICT).configSchema.safeParse(texts).success, true);
});

Deno.test("every value knows the files it comes from", () => {
  const places = (...path: PropertyKey[]) => origins(path).map(({ node, part }) => `${node} ${part}`);
  deepEqual(places("headers", "alias"), ["/a/b normal"]);
  deepEqual(places("exports", 0, "path"), ["/a normal"]);
  deepEqual(places("config", "path"), ["/a/b normal", "/a normal"]);
  deepEqual(places("config", "share_user"), ["/a normal"]);
  deepEqual(places("config", "cgroups", "mem", "max"), ["/a/b admin"]);
  deepEqual(places("config", "cgroups", "mem", "high"), ["/a/b normal"]);
  deepEqual(places("config", "capabilities", 0, "cap"), ["/a/b admin"]);
  deepEqual(places("config", "network", "bind"), ["/a/b normal"]);
  deepEqual(places("config", "rlimits", "nproc"), ["/a normal"]);
  deepEqual(places("config"), []);
  deepEqual(origins(["config", "umask"])[0]?.where, { file: "/a/etc/redpak.yaml", line: 1, column: 2 });
});

Deno.test("keys of an entry have places of their own, where the file has the key", async () => {
  const text = "headers: {alias: a}\nexports:\n- mount: /tmp\n  mode: Tmpfs\nenviron:\n- key: K\n  value: v\n" +
    "config:\n  capabilities:\n  - add: 0\n    cap: kill\n";
  const [leaf] = makeFamily({ path: "/a" });
  const normal = await parseConfig(new TextEncoder().encode(text), "f", "normal");
  const { origins } = toConfig(mergeFamily([{ ...leaf, normal }], { admin: false, facts: FACTS }));
  const line = (...path: PropertyKey[]) => origins(path)[0]?.where.line;
  deepEqual([line("exports", 0, "mount"), line("exports", 0, "mode")], [3, 4]);
  deepEqual([line("environ", 0, "key"), line("environ", 0, "mode"), line("environ", 0, "value")], [6, 6, 7]);
  const capability = ["config", "capabilities", 0] as const;
  deepEqual([line(...capability, "add"), line(...capability, "cap")], [10, 11]);
});

function leaves(value: unknown, path: PropertyKey[]): PropertyKey[][] {
  if (typeof value !== "object" || value === null) return [path];
  if (Array.isArray(value)) return value.flatMap((each, index) => leaves(each, [...path, index]));
  return Object.entries(value).flatMap(([key, each]) => leaves(each, [...path, key]));
}

Deno.test("no value is without origin", () => {
  for (const path of leaves(document, [])) equal(origins(path).length > 0, true, path.join("."));
});
