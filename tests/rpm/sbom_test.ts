/** `redpak sbom` on images with packages that rpm has installed. */
import assert from "node:assert/strict";
import { json } from "../system/_document.ts";
import { checkCycloneDx } from "../system/_foreign_schemas.ts";
import { exec, redpak, rootTest, Scratch } from "../system/_node.ts";
import { installInNode } from "./_rpm.ts";
import { checkSpdx } from "./_spdx_schema.ts";

const ON_HOST = "exports:\n  - { mode: Restricted, mount: /usr, path: /usr }\n";
const FEDORA = { preamble: ["Vendor: Fedora Project", "URL: https://lib.example/"] };

/** A system, a node on it and two inside of that. */
function image(scratch: Scratch, name = "img"): string {
  const [top, one, two] = ["n", "n/one", "n/two"].map((node) => scratch.node(`${name}/${node}`, ON_HOST)) as [
    string,
    string,
    string,
  ];
  scratch.file(`${name}/etc/os-release`, 'NAME="Any Linux"\nID=anylinux\nVERSION_ID="7.2"\n');
  const root = `${scratch.path}/${name}`;
  installInNode(
    root,
    { name: "glibc", version: "2.38", provides: ["libc.so.6()(64bit)"] },
    { name: "unused", version: "1" },
    { name: "basis", version: "1" },
  );
  installInNode(
    top,
    { name: "lib", version: "1+2~rc1", epoch: 3, license: "MIT AND GPL-2.0-or-later", requires: ["basis"], ...FEDORA },
  );
  installInNode(
    one,
    { name: "app", version: "1", license: "GPLv2+ and MIT", requires: ["lib >= 3:1", "libc.so.6()(64bit)"] },
    { name: "hostile", version: "1", preamble: ['Vendor: a"\\ <b> ü', "URL: javascript:<b>\\x"] },
  );
  installInNode(
    two,
    { name: "other", version: "1", requires: ["(lib or nothing)"] },
    { name: "decoy", version: "1", provides: ["libc.so.6()(64bit)"] },
  );
  return root;
}

// deno-lint-ignore no-explicit-any -- the schemas say what it is
function bill(...words: string[]): any {
  return json("sbom", ...words).data.document;
}

rootTest("what an image is made of is written down", async ({ step }) => {
  using scratch = new Scratch();
  const root = image(scratch);
  await step("a bill of materials follows the schema, and says who has what and needs what, across nodes", () => {
    const document = bill(root);
    checkCycloneDx(document);
    assert.deepEqual(
      [document.metadata.component.name, document.metadata.component.version, document.metadata.component.type],
      ["anylinux", "7.2", "operating-system"],
    );
    const names = (components: { name: string }[]) => components.map(({ name }) => name);
    assert.deepEqual(names(document.components), ["basis", "glibc", "unused", "n", "one", "two"]);
    const [top, one] = document.components.slice(3);
    assert.deepEqual([names(top.components), names(one.components)], [["lib"], ["app", "hostile"]]);
    const dependencies = new Map<string, string[]>(
      document.dependencies.map(({ ref, dependsOn }: { ref: string; dependsOn: string[] }) => [ref, dependsOn]),
    );
    assert.deepEqual(dependencies.get("/n/one#app-1-1.noarch"), ["/#glibc-2.38-1.noarch", "/n#lib-3:1+2~rc1-1.noarch"]);
    assert.deepEqual(dependencies.get("/n/two#other-1-1.noarch"), ["/n#lib-3:1+2~rc1-1.noarch"]);
    assert.deepEqual(dependencies.get("/n/one"), ["/n", "/n/one#app-1-1.noarch", "/n/one#hostile-1-1.noarch"]);
    const refs = [...dependencies.keys()];
    assert.equal(new Set(refs).size, refs.length);
    assert([...dependencies.values()].flat().every((ref) => dependencies.has(ref)));

    const [lib] = top.components;
    assert.equal(lib.purl, "pkg:rpm/fedora/lib@1%2B2~rc1-1?arch=noarch&epoch=3");
    assert.deepEqual(lib.licenses, [{ expression: "MIT AND GPL-2.0-or-later" }]);
    assert.deepEqual(lib.supplier, { name: "Fedora Project" });
    assert.deepEqual(lib.externalReferences, [{ type: "website", url: "https://lib.example/" }]);
    assert.deepEqual(one.components[0].licenses, [{ license: { name: "GPLv2+ and MIT" } }]);
    assert.equal(one.components[1].externalReferences, undefined);
    const query = "%{SHA256HEADER} %{PAYLOADDIGEST}";
    const asked = ["--root", `${root}/n`, "--dbpath", "/usr/lib/sysimage/rpm", "-q", "lib", "--qf", query];
    const [header, payload] = exec("rpm", asked).stdout.split(" ");
    assert.match(header!, /^[0-9a-f]{64}$/);
    assert.deepEqual(lib.hashes, [{ alg: "SHA-256", content: header }]);
    assert.deepEqual(lib.properties.at(-1), { name: "rpm:payload:SHA-256", value: payload });
  });

  await step("in SPDX it is the same, and licences in other words are explained", () => {
    const document = bill(root, "--format", "spdx");
    checkSpdx(document);
    const named = new Map<string, string>(
      document.packages.map(({ SPDXID, name }: { SPDXID: string; name: string }) => [SPDXID, name]),
    );
    const relations = document.relationships.map((
      { spdxElementId, relationshipType, relatedSpdxElement }: Record<string, string>,
    ) => `${named.get(spdxElementId!) ?? "document"} ${relationshipType} ${named.get(relatedSpdxElement!)}`);
    for (
      const relation of [
        "document DESCRIBES anylinux",
        "anylinux CONTAINS glibc",
        "anylinux CONTAINS one",
        "one DEPENDS_ON n",
        "one CONTAINS app",
        "app DEPENDS_ON lib",
        "app DEPENDS_ON glibc",
        "lib DEPENDS_ON basis",
      ]
    ) assert(relations.includes(relation), relation);
    const app = document.packages.find(({ name }: { name: string }) => name === "app");
    assert.equal(app.licenseDeclared, "LicenseRef-1");
    assert.deepEqual(document.hasExtractedLicensingInfos, [
      { licenseId: "LicenseRef-1", extractedText: "GPLv2+ and MIT", name: "GPLv2+ and MIT" },
    ]);
  });

  await step("the bill of a node has what it depends on, and nothing of others", () => {
    for (const node of ["one", "/n/one"]) {
      const document = bill(root, node);
      checkCycloneDx(document);
      checkSpdx(bill(root, node, "--format", "spdx"));
      assert.equal(document.metadata.component["bom-ref"], "/n/one");
      const shown = document.components.flatMap((
        { name, components = [] }: { name: string; components?: { name: string }[] },
      ) => [name, ...components.map((one) => one.name)]);
      assert.deepEqual(shown, ["app", "hostile", "anylinux", "basis", "glibc", "n", "lib"]);
    }
    assert.equal(redpak(["sbom", root, "none"]).code, 4);
    // A node of this machine, whose system is this one.
    const here = bill(`${root}/n/one`);
    assert.equal(here.metadata.component["bom-ref"], `${root}/n/one`);
    assert.deepEqual(here.components.map(({ name }: { name: string }) => name), ["app", "hostile", "n"]);
  });

  await step("the same image gives the same bytes, wherever it lies and whenever it is asked", () => {
    exec("cp", ["-a", root, `${scratch.path}/copy`]);
    for (const format of ["cyclonedx", "spdx"]) {
      const of = (directory: string, env = {}) => {
        const { code, stdout, stderr } = redpak(["sbom", directory, "--format", format], { env });
        assert.equal(code, 0, stderr);
        return stdout;
      };
      const text = of(root);
      assert.equal(of(`${scratch.path}/copy`), text);
      assert(!text.includes(scratch.path));
      const file = `${scratch.path}/bill`;
      assert.match(
        redpak(["sbom", root, "--format", format, "--output", file]).stdout,
        /^8 package\(s\) of 3 node\(s\): /,
      );
      assert.equal(Deno.readTextFileSync(file), text);
      assert.match(of(root, { SOURCE_DATE_EPOCH: "86400" }), /"1970-01-02T00:00:00Z"/);
    }
    const number = /urn:uuid:\S{14}8\S{21}/;
    installInNode(`${scratch.path}/copy/n/two`, { name: "new", version: "1" });
    const [before, after] = [root, `${scratch.path}/copy`].map((one) => number.exec(redpak(["sbom", one]).stdout)![0]);
    assert.notEqual(before, after);
    assert.match(
      redpak(["sbom", root], { env: { SOURCE_DATE_EPOCH: "soon" } }).stderr,
      /SOURCE_DATE_EPOCH "soon": expected seconds/,
    );
  });
});
