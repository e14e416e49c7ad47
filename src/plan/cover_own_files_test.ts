import * as assert from "node:assert/strict";
import { makeFamily } from "../config/_fixtures.ts";
import type { MergedExport } from "../config/merged.ts";
import type { ExportMode } from "../config/schema.ts";
import { all, failure, plan, type RequestFixture } from "./_fixtures.ts";

const FAMILY = makeFamily({ path: "/p/c" }, { path: "/p" });
const COMPLETE = makeFamily({ path: "/p/c", admin: {} });

function launch(exports: MergedExport[], request: RequestFixture = {}, family = FAMILY) {
  const withFiles = family.map((node) => ({ ...node, adminFile: node.admin?.file }));
  return plan({ exports, rest: { leaf: withFiles[0]!, family: [withFiles[0]!, ...withFiles.slice(1)] } }, request);
}

/** Destination and restrictions of every bind in order. */
function binds(exports: MergedExport[], request?: RequestFixture, family = FAMILY) {
  return all(launch(exports, request, family), "bind").map(({ destination, options, isFile }) =>
    `${destination} ${options.includes("ro") ? "ro" : "rw"}${isFile ? " file" : ""}`
  );
}

const own = (mode: ExportMode = "Private"): MergedExport => ({ mode, mount: "/node", path: "/p/c" });

Deno.test("what confines the node is read-only in a writable export of its directory, right after that", () => {
  const others: MergedExport[] = [
    { mode: "Restricted", mount: "/bin", path: "/bin" },
    { mode: "Private", mount: "/node/home", path: "/p/c/home" },
  ];
  for (const mode of ["Public", "Private"] as const) {
    assert.deepEqual(binds([others[0]!, own(mode), others[1]!]), [
      "/bin ro",
      "/node rw",
      "/node/.rednode.yaml ro file",
      "/node/etc ro",
      "/node/.redpak ro",
      "/node/home rw",
    ]);
  }
  for (const mode of ["Restricted", "PrivateRestricted"] as const) assert.deepEqual(binds([own(mode)]), ["/node ro"]);
});

Deno.test("a cover shows the host's own file, with the owners and restrictions of the export", () => {
  const [shown, status] = all(launch([own()]), "bind");
  assert.deepEqual(status, {
    ...shown,
    source: { path: "/p/c/.rednode.yaml" },
    destination: "/node/.rednode.yaml",
    options: ["ro", "nosuid", "nodev", "idmap"],
    isFile: true,
  });
});

Deno.test("where both files are there, the directory that they are in stays writable", () => {
  assert.deepEqual(binds([own()], {}, COMPLETE), [
    "/node rw",
    "/node/.rednode.yaml ro file",
    "/node/etc rw",
    "/node/etc/redpak.yaml ro file",
    "/node/etc/redpak-admin.yaml ro file",
    "/node/.redpak ro",
  ]);
});

Deno.test("what is mounted in the place of a cover anyway is not covered", () => {
  const over: MergedExport[] = [
    { mode: "PrivateRestricted", mount: "/node/.rednode.yaml", path: "/p/c/.rednode.yaml" },
    { mode: "Tmpfs", mount: "/node/etc", path: "/node/etc" },
  ];
  assert.deepEqual(binds([own(), ...over], {}, COMPLETE), ["/node rw", "/node/.redpak ro", "/node/.rednode.yaml ro"]);
  const optional = over.map((entry) => ({ ...entry, optional: entry.mode !== "Tmpfs" }));
  assert.equal(binds([own(), ...optional], {}, COMPLETE)[1], "/node/.rednode.yaml ro file", "it may be absent");
  const entry: MergedExport = { mode: "Anonymous", mount: "/node/etc", path: "/node/etc" };
  assert.ok(binds([own(), entry]).includes("/node/etc ro"), "a directory in the export is no mount");
});

Deno.test("redpak's record of packages is made where it can be, by the launcher for itself", () => {
  const made = (request: RequestFixture) =>
    all(launch([own()], request), "ensure-directory").filter(({ path }) => path === "/p/c/.redpak");
  const common = { operation: "ensure-directory", path: "/p/c/.redpak", mode: 0o755, smack: "", optional: true };
  const strip = (operations: ReturnType<typeof made>) => operations.map(({ origin: _, ...rest }) => rest);
  assert.deepEqual(strip(made({})), [{ ...common, phase: "host", uid: 0, gid: 0 }]);
  const user = { facts: { uid: 1000, gid: 100 } };
  assert.deepEqual(strip(made(user)), [{ ...common, phase: "init", uid: 1000, gid: 100 }]);
});

Deno.test("an ordinary user's init makes the same covers", () => {
  const user = { facts: { uid: 1000, gid: 100 } };
  const operations = all(launch([own()], user), "bind");
  assert.deepEqual(operations.map(({ phase }) => phase), ["init", "init", "init", "init"]);
});

Deno.test("a writable export that covers cannot make safe is refused, unless somebody says unsafe", () => {
  for (const path of ["/p/c/etc", "/p/c/etc/redpak.yaml", "/p/.redpak", "/", "/etc", "/etc/redpak/policy.yaml"]) {
    const shown: MergedExport = { mode: "Public", mount: "/m", path };
    const { code, where, hints } = failure(() => launch([shown]));
    assert.deepEqual([code, where?.line], [path === "/" ? "E_EXPORT_UNSAFE" : "E_EXPORT_OWN_CONFIG", 1], path);
    assert.match(hints?.join() ?? "", /unsafe/);
    if (path !== "/") launch([{ ...shown, mode: "Restricted" }]);
    assert.match(launch([shown], { compat: true }).warnings[0]?.code ?? "", /^W_EXPORT_(UNSAFE|OWN_CONFIG)$/);
  }
  const scalars = { unsafe: true };
  plan({ scalars, exports: [{ mode: "Public", mount: "/m", path: "/etc" }], rest: { family: FAMILY } });
});
