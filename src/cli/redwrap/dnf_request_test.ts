import * as assert from "node:assert/strict";
import { GetoptError } from "../getopt.ts";
import { dnfUsageText, isForManager, readDnfRequest } from "./dnf_request.ts";
import { DNF_TEXTS } from "./dnf_text.ts";

const read = (line: string) => readDnfRequest(line.split(" "))!;

Deno.test("commands of dnf are those of redpak, with the options that both have", () => {
  const install = read("-s --redpath /n install -y --nogpgcheck vim ./x.rpm");
  assert.deepEqual([install.command, install.operands, install.yes], ["install", ["/n", "vim", "./x.rpm"], true]);
  assert.deepEqual([install.flags["no-gpgcheck"], install.flags["dry-run"], install.flags.allow], [
    true,
    false,
    undefined,
  ]);
  assert.deepEqual(read("-r /n upgrade --assumeno").flags["dry-run"], true);
  assert.deepEqual([read("-r /n upgrade").command, read("-r /n upgrade").operands], ["update", ["/n"]]);
  assert.equal(read("-r /n download --destdir=/tmp x").flags.destdir, "/tmp");
  assert.deepEqual([read("-r /n repo info base").text, read("-r /n repo info base").words], ["repoinfo", ["base"]]);
});

Deno.test("a command's name that is the value of an option is no command", () => {
  assert.deepEqual(read("-r remove install x").operands, ["remove", "x"]);
});

Deno.test("the manager is asked for only where it is the command", () => {
  for (const line of ["manager", "-r /n manager --alias=x", "--unknown manager"]) {
    assert.equal(isForManager(line.split(" ")), true, line);
  }
  for (const line of ["-r manager install x", "-r /n install manager", "-r /n"]) {
    assert.equal(isForManager(line.split(" ")), false, line);
  }
});

Deno.test("without a node, a command, or with what nothing here can do, nothing is done", () => {
  for (
    const line of [
      "install x",
      "-r /n",
      "-r /n update",
      "-r /n --nonsense install",
      "-r /n install --nonsense x",
      "-r /n grouplist",
      "-r /n repo",
      "-r /n install -y",
    ]
  ) assert.throws(() => readDnfRequest(line.split(" ")), GetoptError, line);
});

Deno.test("help is the options of redwrap with the commands", () => {
  assert.equal(readDnfRequest(["-?"]), undefined);
  assert.match(dnfUsageText(), /^Usage: redwrap-dnf [^]*repoquery[^]*--redpath, --rpath, --rp=VALUE/);
});

Deno.test("repositories and packages are printed as dnf does", () => {
  const of = (id: string, enabled: boolean) => ({
    ...{ id, name: `The ${id}`, enabled, baseUrls: ["http://x/"], mirrorlist: null, metalink: null },
    ...{ gpgcheck: true, priority: 99 },
  });
  const data = { repositories: [of("base", true), of("off", false)] };
  const asked = (...options: string[]) => ({ words: [], options: new Set(options) });
  assert.equal(DNF_TEXTS.repolist(data, asked()), "repo id  repo name\nbase     The base");
  assert.match(DNF_TEXTS.repolist(data, asked("all")), /\noff +The off +disabled$/);
  assert.match(
    DNF_TEXTS.repoinfo(data, { ...asked(), words: ["base"] }),
    /^Repo-id {8}: base\n[^]*Repo-baseurl {3}: http/,
  );
  const found = (name: string, node: string | null) => ({
    ...{ name, evr: "1-1", arch: "noarch", node, repository: node === null ? "base" : null },
  });
  const packages = { packages: [found("lib", null), found("app", null), found("lib", "/n")] };
  assert.equal(DNF_TEXTS.repoquery(packages, asked()), "app-1-1.noarch\nlib-1-1.noarch");
  assert.equal(DNF_TEXTS.repoquery(packages, { ...asked("installed"), words: ["l*"] }), "lib-1-1.noarch");
});
