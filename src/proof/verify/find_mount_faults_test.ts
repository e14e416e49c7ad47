import assert from "node:assert/strict";
import type { Operation } from "../../plan/operation.ts";
import { MemoryImage } from "../image/_memory_image.ts";
import { bind, symlink, tmpfs } from "../image/_mounts.ts";
import { withMadeDirectories } from "../image/with_made_directories.ts";
import { findMountFaults } from "./find_mount_faults.ts";

const IMAGE = new MemoryImage({ "/usr/lib/a": "", "/usr/share/": "", "/data/": "", "/lib": { link: "usr/lib" } });
const faults = (...operations: Operation[]) =>
  findMountFaults(withMadeDirectories(IMAGE, operations), "/n", operations).map(({ check, message }) =>
    `${check} ${message}`
  );

Deno.test("a source that is not there is found, unless it is made, optional, or of the running device", () => {
  assert.deepEqual(faults(bind("/usr"), bind("/lib"), bind("/run/x"), bind("/proc")), []);
  assert.deepEqual(faults(bind("/opt")), ['V-SOURCE Cannot export "/opt": it is not there']);
  assert.deepEqual(faults(bind("/opt", "/opt", { optional: true })), []);
  const made = { operation: "ensure-directory", phase: "init", path: "/opt", mode: 0o755, uid: 0, gid: 0 } as const;
  assert.deepEqual(faults({ ...made, smack: "", optional: false }, bind("/opt")), []);
  assert.deepEqual(faults({ ...made, smack: "", optional: false }, bind("/opt"), bind("/data", "/opt/x")), [
    'V-PLACE Cannot mount at "/opt/x": "/opt" is exported read-only (from "/opt"), and has no such entry',
  ]);
  assert.deepEqual(faults(bind("/usr", "/usr", { isFile: true })), [
    'V-SOURCE Cannot export "/usr": it is a directory, and a file is expected',
  ]);
});

Deno.test("a link that programs of a node may have made is not followed, as a launch does not", () => {
  const image = new MemoryImage({
    "/n/.rednode.yaml": "",
    "/n/usr/lib/sysimage/rpm/": "",
    "/n/usr/real": "",
    "/n/usr/inside": { link: "real" },
    "/n/out": { link: "/data" },
    "/n/var/lib/rpm": { link: "../../usr/lib/sysimage/rpm" },
    "/data/": "",
    "/host": { link: "/data" },
    "/around": { link: "n" },
  });
  const links = (source: string, ...options: ("ro")[]) =>
    findMountFaults(image, "/n", [bind(source, "/x", { options })]).map(({ check, code }) => `${check} ${code}`);
  const refused = ["V-SOURCE E_VERIFY_SOURCE_LINK"];
  assert.deepEqual([links("/n/usr/inside", "ro"), links("/n/usr/inside")], [[], refused]);
  assert.deepEqual([links("/n/out", "ro"), links("/n/out")], [refused, refused]);
  assert.deepEqual([links("/n/var/lib/rpm", "ro"), links("/n/var/lib/rpm")], [[], []]);
  assert.deepEqual([links("/host", "ro"), links("/host")], [[], []]);
  assert.deepEqual([links("/around/usr", "ro"), links("/around/usr")], [[], refused]);
});

Deno.test("a mount in a read-only export needs a place there", () => {
  assert.deepEqual(faults(bind("/usr"), bind("/data", "/usr/share")), []);
  assert.deepEqual(faults(bind("/usr"), bind("/data", "/usr/x/y")), [
    'V-PLACE Cannot mount at "/usr/x/y": "/usr" is exported read-only (from "/usr"), and has no such entry',
  ]);
  assert.deepEqual(
    faults(bind("/usr", "/usr", { options: [] }), bind("/data", "/usr/x/y")),
    [],
    "made where it is writable",
  );
  assert.deepEqual(faults(tmpfs("/usr"), symlink("/usr/x", "y"), bind("/data", "/usr/z")), []);
  assert.deepEqual(faults(bind("/usr"), tmpfs("/usr/lib/a/b")), [
    'V-PLACE Cannot mount at "/usr/lib/a/b": "/usr/lib/a" is no directory',
  ]);
});
