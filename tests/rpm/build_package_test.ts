/** That packages for tests are what the tests mean them to be: as rpm itself sees them. */
import assert from "node:assert/strict";
import { buildPackage, createRepository } from "./_rpm.ts";

function rpm(...args: string[]): string {
  return new TextDecoder().decode(new Deno.Command("rpm", { args }).outputSync().stdout).trim();
}

Deno.test("a built package has the files, relations, scripts and triggers that were asked for", () => {
  const directory = Deno.makeTempDirSync({ prefix: "redpak-test-" });
  try {
    const path = buildPackage({
      name: "sample",
      version: "1.2",
      epoch: 3,
      arch: Deno.build.arch,
      requires: ["(one or two)", "three >= 2"],
      files: {
        "/usr/bin/sample": { from: "/bin/true" },
        "/etc/sample.conf": { content: "a=1\n", config: "noreplace", owner: "daemon" },
        "/usr/lib/sample": { directory: true, mode: 0o700 },
        "/usr/lib/link": { link: "sample" },
      },
      scripts: { post: { script: "echo post $1" }, preun: { script: "print('bye')", program: "<lua>" } },
      triggers: [{ kind: "transfiletriggerin", on: "/usr/lib", script: "cat" }],
    }, directory);
    assert.equal(path, `${directory}/sample-1.2-1.${Deno.build.arch}.rpm`);
    assert.equal(rpm("-qp", "--qf", "%{EPOCH} %{NAME}", path), "3 sample");
    assert.match(rpm("-qp", "--requires", path), /\(one or two\)\n[^]*three >= 2/);
    const files = rpm("-qp", "--qf", "[%{FILENAMES} %{FILEMODES:perms} %{FILEUSERNAME} %{FILEFLAGS:fflags}\n]", path);
    assert.match(files, /\/etc\/sample\.conf -rw-r--r-- daemon cn/);
    assert.match(files, /\/usr\/lib\/sample drwx------ root/);
    assert.match(files, /\/usr\/lib\/link lrwxrwxrwx root/);
    assert.match(rpm("-qp", "--scripts", path), /post \$1[^]*preuninstall scriptlet \(using <lua>\)/);
    assert.match(rpm("-qp", "--filetriggers", path), /transfiletriggerin/);
    createRepository(directory);
    assert.match(Deno.readTextFileSync(`${directory}/repodata/repomd.xml`), /type="primary"/);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});
