import assert from "node:assert/strict";
import { packageUrl } from "./package_url.ts";

const url = (name: string, evr: string, arch = "x86_64", vendor = "") => packageUrl({ name, evr, arch, vendor });

Deno.test("a package has a URL, in which everything unusual is escaped", () => {
  assert.equal(url("curl", "7.50.3-1.fc25", "i386", "Fedora Project"), "pkg:rpm/fedora/curl@7.50.3-1.fc25?arch=i386");
  assert.equal(url("libstdc++", "1:2^a~b-1"), "pkg:rpm/libstdc%2B%2B@2%5Ea~b-1?arch=x86_64&epoch=1");
  assert.equal(url("a/b@c?d#e (f)", "1%-1", "", "Fedora Projection"), "pkg:rpm/a%2Fb%40c%3Fd%23e%20%28f%29@1%25-1");
  assert.equal(url("\ud800", "1-1", ""), "pkg:rpm/%EF%BF%BD@1-1");
});
