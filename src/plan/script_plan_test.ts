import * as assert from "node:assert/strict";
import type { ExportMode } from "../config/schema.ts";
import { all, only, plan } from "./_fixtures.ts";
import { scriptPlan } from "./script_plan.ts";

const STAGED = { node: "/n", root: "/s/root", contents: ["usr", "etc", "var"], readOnly: "usr/lib/sysimage/rpm" };

function binds(...exports: [mode: ExportMode, mount: string, path: string][]) {
  const staged = scriptPlan(
    plan({ exports: exports.map(([mode, mount, path]) => ({ mode, mount, path })) }),
    STAGED,
    { environment: [] },
  );
  return all(staged, "bind").map(({ source, destination, options }) =>
    `${"path" in source ? source.path : "?"} ${destination} ${options.includes("ro") ? "ro" : "rw"}`
  );
}

Deno.test("the staged content stands in the place of the node's, its database can only be read", () => {
  assert.deepEqual(binds(["Private", "/usr", "/n/usr"], ["Private", "/var", "/n/var"]), [
    "/s/root/usr /usr rw",
    "/s/root/usr/lib/sysimage/rpm /usr/lib/sysimage/rpm ro",
    "/s/root/var /var rw",
  ]);
  assert.deepEqual(binds(["Restricted", "/usr", "/n/usr"]), ["/s/root/usr /usr ro"]);
  assert.deepEqual(binds(["Private", "/node", "/n"]), [
    "/s/root /node rw",
    "/s/root/usr/lib/sysimage/rpm /node/usr/lib/sysimage/rpm ro",
    "/s/root/etc /node/etc ro",
  ]);
});

Deno.test("what is not of the node's packages can only be read", () => {
  assert.deepEqual(
    binds(["Public", "/srv", "/srv/data"], ["Private", "/home", "/n/home"], ["Private", "/p", "/n2/usr"]),
    ["/srv/data /srv ro", "/n/home /home ro", "/n2/usr /p ro"],
  );
});

Deno.test("the script is a file of the new root directory, and begins as rpm has it", () => {
  const made = scriptPlan(plan({}, { arguments: ["/bin/sh", "/script", "1"] }), STAGED, {
    script: { destination: "/script", text: "echo $1" },
    environment: ["RPM_INSTALL_PREFIX=/opt"],
  });
  const file = only(made, "file");
  assert.deepEqual([file.destination, file.content, file.mode], ["/script", { text: "echo $1" }, 0o500]);
  const names = made.operations.map(({ operation }) => operation);
  assert.equal(names.indexOf("file"), names.indexOf("root") + 1);
  assert.equal(only(made, "umask").mask, 0o022);
  assert.deepEqual(only(made, "chdir").directories, ["/"]);
  assert.deepEqual(only(made, "exec").environment.at(-1), "RPM_INSTALL_PREFIX=/opt");
});
