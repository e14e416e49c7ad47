/** Launches of nothing but what was proven: `run --require-certificate`, the host policy's `certificate`, `audit`. */
import assert from "node:assert/strict";
import { exec, exists, PATH, redpak, rootTest, Scratch, SYSTEM } from "./_node.ts";
import { machine } from "./_policy.ts";
import { asEach, by, Running } from "./_running.ts";

/** A key pair of a CI. */
function keys(scratch: Scratch, name = "ci"): { readonly secret: string; readonly open: string } {
  const [secret, open] = [`${scratch.path}/${name}.pem`, `${scratch.path}/${name}.pub`];
  assert.equal(exec("openssl", ["genpkey", "-algorithm", "ed25519", "-out", secret]).code, 0);
  assert.equal(exec("openssl", ["pkey", "-in", secret, "-pubout", "-out", open]).code, 0);
  return { secret, open };
}

interface Certified {
  /** The node in the family, and the one that it is in. */
  readonly node: string;
  readonly parent: string;
  readonly sibling: string;
  readonly certificate: string;
  readonly open: string;
  readonly demand: readonly string[];
}

/** A family that was proven as part of an image, and is where it was to be on the device. */
function certified(scratch: Scratch, ...flags: readonly string[]): Certified {
  const inside = `img${scratch.path}/dev`;
  for (const directory of ["usr", "bin", "lib", "lib64"]) {
    Deno.mkdirSync(`${scratch.path}/img/${directory}`, { recursive: true });
  }
  scratch.node(`${inside}/top`, `${SYSTEM}${PATH}`, PATH);
  for (const name of ["nav", "radio"]) scratch.node(`${inside}/top/${name}`, "config:\n  umask: 027\n", PATH);
  // Those that follow from a path can be those of another one.
  for (const [index, name] of ["top", "top/nav", "top/radio"].entries()) {
    append(`${scratch.path}/${inside}/${name}/.rednode.yaml`, `ids: ${0x7001_0000 + index * 0x1_0000}\n`);
  }
  const { secret, open } = keys(scratch);
  const certificate = `${scratch.path}/certificate`;
  const { code, stderr } = redpak([
    ...["certify", `${scratch.path}/img`, "--output", certificate, "--key", secret],
    ...flags,
  ]);
  assert.equal(code, 0, stderr);
  Deno.renameSync(`${scratch.path}/${inside}`, `${scratch.path}/dev`);
  const parent = `${scratch.path}/dev/top`;
  const demand = ["--require-certificate", certificate, "--public-key", open];
  return { node: `${parent}/nav`, parent, sibling: `${parent}/radio`, certificate, open, demand };
}

const append = (file: string, text = "# harmless\n") => Deno.writeTextFileSync(file, text, { append: true });

rootTest("what was certified is launched, and nothing else of its family", () => {
  using scratch = new Scratch();
  const { node, parent, sibling, certificate, open, demand } = certified(scratch);
  const run = (...flags: string[]) => redpak(["run", node, ...flags, "--", "echo", "launched"]);
  const refused = (result: ReturnType<typeof run>, message: RegExp) => {
    assert.deepEqual([result.code, result.stdout], [3, ""], result.stderr);
    assert.match(result.stderr, message);
  };
  assert.equal(run(...demand).stdout, "launched\n");
  assert.equal(redpak(["run", node, "--dry-run", ...demand]).code, 0);

  // What is of no node in the family does not count.
  append(`${sibling}/etc/redpak.yaml`);
  append(`${node}/etc/redpak-admin.yaml`);
  assert.equal(run(...demand).stdout, "launched\n");

  for (const file of [`${node}/etc/redpak.yaml`, `${parent}/etc/redpak.yaml`]) {
    const text = Deno.readTextFileSync(file);
    append(file);
    assert.equal(run().stdout, "launched\n");
    refused(run(...demand), /etc\/redpak\.yaml" has another content, since this was proven/);
    assert.equal(redpak(["run", node, "--dry-run", ...demand]).code, 3);
    Deno.writeTextFileSync(file, text);
  }
  scratch.file("dev/top/var/lib/rpm/Packages", "");
  refused(run(...demand), /Packages" was not there/);
  Deno.removeSync(`${parent}/var`, { recursive: true });
  // An ancestor that is none any more confines nobody.
  Deno.renameSync(`${parent}/.rednode.yaml`, `${parent}/.kept`);
  const { code, stderr } = run(...demand);
  assert.equal(code, 3);
  assert.match(stderr, /Node "\S+\/top" is gone/);
  Deno.renameSync(`${parent}/.kept`, `${parent}/.rednode.yaml`);
  const status = Deno.readTextFileSync(`${node}/.rednode.yaml`);
  Deno.writeTextFileSync(`${node}/.rednode.yaml`, status.replace(/ids: .*/, "ids: 1879048192"));
  refused(run(...demand), /has other ids than were proven/);
  Deno.writeTextFileSync(`${node}/.rednode.yaml`, status);

  refused(run("--admin", ...demand), /proven without the admin configurations, and is launched with them/);
  refused(run("--compat", ...demand), /launched in the way of redpak 2\.5/);
  const other = scratch.node("dev/other", `${SYSTEM}${PATH}`);
  refused(redpak(["run", other, ...demand, "--", "true"]), /was not there when this was proven/);

  const stranger = keys(scratch, "stranger").open;
  refused(run("--require-certificate", certificate, "--public-key", stranger), /none of its signatures is by this key/);
  refused(run("--require-certificate", `${scratch.path}/none`, "--public-key", open), /none": no such file/);
  assert.equal(run("--require-certificate", certificate).code, 2);
  assert.equal(run("--public-key", open).code, 2);
  assert.equal(run(...demand).stdout, "launched\n");
});

asEach("a running node is compared with what was certified", async (user, scratch) => {
  const { node, certificate, open, demand } = certified(scratch);
  const audit = (id: string) => {
    const flags = ["--certificate", certificate, "--public-key", open];
    const { code, stdout, stderr } = by(user, "audit", id, "--json", ...flags);
    assert.equal(stderr, "");
    const { drifts, uncertified } = JSON.parse(stdout).data;
    assert.deepEqual([drifts, code], [[], uncertified.length === 0 ? 0 : 1]);
    return uncertified.map(({ message }: { message: string }) => message);
  };
  const file = `${node}/etc/redpak.yaml`;
  const text = Deno.readTextFileSync(file);
  {
    assert.equal(by(user, "run", node, ...demand, "--", "echo", "launched").stdout, "launched\n");
    await using running = await Running.start(user, node);
    assert.deepEqual(audit(running.id), []);
    const { stdout } = by(user, "audit", running.id, "--certificate", certificate, "--public-key", open);
    assert.match(stdout, /as its plan says, and as certified/);
    // It counts what the node was started with, whatever the file has become.
    append(file);
    assert.deepEqual(audit(running.id), []);
    const { code, stderr } = by(user, "run", node, ...demand, "--", "true");
    assert.deepEqual([code, /has another content/.test(stderr)], [3, true]);
  }
  await using running = await Running.start(user, node);
  Deno.writeTextFileSync(file, text);
  assert.deepEqual(audit(running.id), [`File "${file}" has another content, since this was proven`]);
  assert.equal(by(user, "audit", running.id).code, 0);
  assert.equal(by(user, "audit", running.id, "--certificate", certificate).code, 2);
});

rootTest("a launch with the admin configurations is certified as such", () => {
  using scratch = new Scratch();
  const { node, demand } = certified(scratch, "--admin");
  const run = (...flags: string[]) => redpak(["run", node, ...flags, ...demand, "--", "echo", "launched"]);
  assert.equal(run("--admin").stdout, "launched\n");
  assert.match(run().stderr, /proven with the admin configurations, and is launched without them/);
  append(`${node}/etc/redpak-admin.yaml`);
  assert.match(run("--admin").stderr, /redpak-admin\.yaml" has another content/);
});

rootTest("the host policy can demand a certificate, and no command line gets around it", () => {
  using scratch = new Scratch();
  // The policy is part of what is proven.
  const policy = "certificate: { file: /etc/redpak/certificate, public-key: /etc/redpak/ci.pub }\n";
  scratch.file("img/etc/redpak/policy.yaml", policy);
  const { node, certificate, open } = certified(scratch);
  let etc = "";
  const host = machine(scratch, policy, (path) => {
    etc = path;
    Deno.copyFileSync(certificate, `${path}/redpak/certificate`);
    Deno.copyFileSync(open, `${path}/redpak/ci.pub`);
  });
  for (const uid of [0, 4242]) {
    for (const verb of ["run", "plan"]) {
      const { code, stderr } = host.redpak([verb, node, "--", "true"], uid);
      assert.equal(code, 0, stderr);
    }
  }
  // A launcher is out of date when what proves it is another.
  const launcher = `${scratch.path}/launcher`;
  assert.equal(host.redpak(["seal", node, "--output", launcher]).code, 0);
  const { sources } = JSON.parse(redpak(["explain", "--json", launcher]).stdout).data;
  for (const file of ["certificate", "ci.pub"]) {
    assert(sources.some(({ path }: { path: string }) => path === `/etc/redpak/${file}`), file);
  }
  assert.equal(host.redpak(["run", node, "--compat", "--", "true"]).code, 3);
  append(`${node}/etc/redpak.yaml`);
  const { code, stderr } = host.redpak(["run", node, "--", "true"]);
  assert.deepEqual([code, /has another content/.test(stderr)], [3, true]);
  // Whoever could write the key could say what is proven.
  Deno.chmodSync(`${etc}/redpak/ci.pub`, 0o666);
  assert.match(host.redpak(["run", node, "--", "true"]).stderr, /ci\.pub": others than its owner can write it/);
  Deno.removeSync(`${etc}/redpak/ci.pub`);
  assert.match(host.redpak(["run", node, "--", "true"]).stderr, /Cannot use the key "\/etc\/redpak\/ci\.pub"/);
  assert(!exists("/etc/redpak/ci.pub"));
});
