/** Repositories as createrepo_c makes them, of packages as rpmbuild makes them, over servers that are real, by the built binary. */
import assert from "node:assert/strict";
import { rangeOf, serve } from "../../src/packages/download/_server.ts";
import { exec, REDPAK, Scratch } from "../system/_node.ts";
import { buildPackage, createRepository } from "./_rpm.ts";

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the binary while the servers of the test go on. */
async function redpak(...args: readonly string[]): Promise<Answer> {
  const { code, stdout, stderr } = await new Deno.Command(REDPAK, { args: [...args], stdin: "null" }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** A server of the files in a directory, read again for each request. */
function serveDirectory(path: string) {
  return serve((request) => {
    try {
      const file = Deno.readFileSync(path + decodeURIComponent(new URL(request.url).pathname));
      return rangeOf(file, request.headers.get("range"));
    } catch {
      return new Response("no such file", { status: 404 });
    }
  });
}

function packages(directory: string, ...names: readonly string[]): void {
  for (const name of names) {
    buildPackage({ name, version: "1", files: { [`/usr/share/${name}`]: { content: name } } }, directory);
  }
}

/** Everything below a directory, with its content. */
function snapshot(directory: string): string[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) => {
    const path = `${directory}/${name}`;
    return isDirectory ? snapshot(path) : [`${path} ${Deno.readFileSync(path).length}`];
  }).sort();
}

// What Debian's createrepo_c packs.
for (const compression of ["gz", "xz", "bz2"]) {
  Deno.test(`a repository of createrepo_c, packed with ${compression}, is refreshed over http and from its directory`, async () => {
    using scratch = new Scratch();
    const repository = `${scratch.path}/repository`;
    packages(repository, "a", "b");
    createRepository(repository, `--general-compress-type=${compression}`);
    await using server = serveDirectory(repository);
    const node = scratch.node("family", "");
    assert.equal((await redpak("repo", "add", node, "net", server.address)).code, 0);
    assert.equal((await redpak("repo", "add", node, "disk", repository)).code, 0);
    const { code, stdout, stderr } = await redpak("repo", "refresh", node, "--json");
    assert.equal(code, 0, stderr);
    const { data } = JSON.parse(stdout);
    assert.deepEqual(data.repositories.map(({ id }: { id: string }) => id), ["disk", "net"]);
    assert.equal(data.repositories[0].key, data.repositories[1].key);
    assert.equal(data.cache, `${node}/var/cache/redpak`);
    const files = snapshot(`${node}/var/cache/redpak/files`);
    // repomd.xml, primary and filelists, once for both.
    assert.equal(files.length, 3, files.join("\n"));
    assert.deepEqual(snapshot(`${node}/var/cache/redpak/partial`), []);
  });
}

Deno.test("a child uses its ancestors' repositories and keys, and one cache for the whole family", async () => {
  using scratch = new Scratch();
  packages(`${scratch.path}/repository`, "a");
  createRepository(`${scratch.path}/repository`);
  const family = scratch.node("family", "");
  const child = scratch.node("family/child", "");
  await redpak("repo", "add", family, "base", `${scratch.path}/repository`);
  assert.equal((await redpak("repo", "refresh", child)).stdout, "base: refreshed\n");
  assert.equal((await redpak("repo", "refresh", family)).stdout, "base: unchanged\n");
  assert.throws(() => Deno.statSync(`${child}/var`));
});

Deno.test("[H13] metadata that unpacks to gigabytes is refused, without much memory or disk", async () => {
  using scratch = new Scratch();
  const repository = `${scratch.path}/repository`;
  // One limit holds for all packings; these two are made in seconds.
  for (const [ending, command] of [["zst", "zstd -q -1"], ["gz", "gzip -1"]]) {
    Deno.mkdirSync(`${repository}/repodata`, { recursive: true });
    const bomb = `${repository}/repodata/primary.xml.${ending}`;
    const script = `{ printf '<metadata>'; head -c 1200M /dev/zero | tr '\\0' ' '; } | ${command} >"$1"`;
    assert.equal(exec("bash", ["-c", script, "bash", bomb]).code, 0);
    const [sum] = exec("sha256sum", [bomb]).stdout.split(" ");
    // Without open-size: what is left is the limit.
    const repomd = `<repomd><revision>1</revision><data type="primary"><checksum type="sha256">${sum}</checksum>
      <location href="repodata/primary.xml.${ending}"/><size>${Deno.statSync(bomb).size}</size></data></repomd>`;
    Deno.writeTextFileSync(`${repository}/repodata/repomd.xml`, repomd);
    const node = scratch.node(`node-${ending}`, "");
    await redpak("repo", "add", node, "bomb", repository);
    const { code, stderr } = await redpak("repo", "refresh", node, "-q");
    assert.equal(code, 1);
    assert.match(stderr, /it unpacks to more than 1073741824 bytes/);
    assert.deepEqual(snapshot(`${node}/var`), []);
  }
});

Deno.test("a download that is killed goes on where it was", async () => {
  using scratch = new Scratch();
  const repository = `${scratch.path}/repository`;
  packages(repository, "a");
  // Large, and not to be made smaller.
  createRepository(repository);
  const repomd = Deno.readTextFileSync(`${repository}/repodata/repomd.xml`);
  const location = /href="([^"]*primary[^"]*)"/.exec(repomd)![1]!;
  const content = Deno.readFileSync(`${repository}/${location}`);
  const half = content.length >> 1;
  let stalled = Promise.withResolvers<void>();
  let stall = true;
  await using server = serve((request) => {
    const path = new URL(request.url).pathname.slice(1);
    if (path !== location || !stall) {
      return rangeOf(Deno.readFileSync(`${repository}/${path}`), request.headers.get("range"));
    }
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(content.subarray(0, half));
        stalled.resolve();
      },
    });
    return new Response(body, { headers: { "content-length": String(content.length) } });
  });
  const node = scratch.node("family", "");
  await redpak("repo", "add", node, "net", server.address);
  const child = new Deno.Command(REDPAK, {
    args: ["repo", "refresh", node],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await stalled.promise;
  while (!snapshot(`${node}/var/cache/redpak/partial`).some((line) => line.endsWith(` ${half}`))) {
    await new Promise((done) => setTimeout(done, 20));
  }
  child.kill("SIGKILL");
  await child.status;
  assert.deepEqual(snapshot(`${node}/var/cache/redpak/files`), []);
  stall = false;
  stalled = Promise.withResolvers();
  assert.equal((await redpak("repo", "refresh", node)).code, 0);
  assert(server.asked.includes(`/${location} bytes=${half}-`), server.asked.join("\n"));
  assert.deepEqual(snapshot(`${node}/var/cache/redpak/partial`), []);
});

Deno.test("a server with a certificate of its own is refused, and believed with sslcacert", async () => {
  using scratch = new Scratch();
  const { path } = scratch;
  packages(`${path}/repository`, "a");
  createRepository(`${path}/repository`);
  const script = `cd "$1" || exit
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=authority || exit
    openssl req -newkey rsa:2048 -nodes -keyout key.pem -out request.pem -subj /CN=localhost || exit
    printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\\nbasicConstraints=CA:FALSE\\n' >extensions
    openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out cert.pem`;
  const made = exec("bash", ["-c", script, "bash", path]);
  assert.equal(made.code, 0, made.stderr);
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen() {},
    cert: Deno.readTextFileSync(`${path}/cert.pem`),
    key: Deno.readTextFileSync(`${path}/key.pem`),
  }, (request) => new Response(Deno.readFileSync(`${path}/repository${new URL(request.url).pathname}`)));
  try {
    const text = `[net]\nbaseurl=https://127.0.0.1:${server.addr.port}\nretries=0\n`;
    const node = scratch.node("family", "");
    scratch.file("family/etc/yum.repos.d/net.repo", text);
    const refused = await redpak("repo", "refresh", node);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /nobody known here has signed the server's certificate/);
    assert.match(refused.stderr, /hint: sslcacert=FILE/);
    scratch.file("family/etc/yum.repos.d/net.repo", `${text}sslverify=0\n`);
    assert.equal((await redpak("repo", "refresh", node)).code, 3);
    scratch.file("family/etc/yum.repos.d/net.repo", `${text}sslcacert=${path}/ca.pem\n`);
    const believed = await redpak("repo", "refresh", node);
    assert.equal(believed.code, 0, believed.stderr);
  } finally {
    await server.shutdown();
  }
});

Deno.test("keys are added by fingerprint, listed, used for signed metadata, and removed", async () => {
  using scratch = new Scratch();
  const { path } = scratch;
  const repository = `${path}/repository`;
  packages(repository, "a");
  createRepository(repository);
  Deno.mkdirSync(`${path}/gnupg`, { mode: 0o700 });
  const gpg = (...args: readonly string[]) => {
    const { code, stdout, stderr } = exec("gpg", ["--batch", "--yes", "--homedir", `${path}/gnupg`, ...args]);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  try {
    gpg("--passphrase", "", "--quick-gen-key", "maker <maker@example>", "rsa3072", "sign", "never");
    gpg("--armor", "--output", `${path}/maker.asc`, "--export", "maker");
    const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(gpg("--with-colons", "--list-keys"))![1]!;
    gpg("--armor", "--detach-sign", `${repository}/repodata/repomd.xml`);
    const node = scratch.node("family", "");
    const file = `${node}/etc/pki/rpm-gpg/maker.asc`;
    scratch.file("family/etc/yum.repos.d/s.repo", `[s]\nbaseurl=${repository}\nrepo_gpgcheck=1\n`);
    const unknown = await redpak("repo", "refresh", node);
    assert.match(unknown.stderr, /made with the key [0-9A-F]{16}, which is not known/);

    const asked = await redpak("keys", "add", node, `${path}/maker.asc`);
    assert.deepEqual([asked.code, asked.stderr.split("\n")[0]!.replaceAll(" ", "").slice(0, 40)], [2, fingerprint]);
    const other = await redpak("keys", "add", node, `${path}/maker.asc`, "--fingerprint", "0".repeat(40));
    assert.match(other.stderr, new RegExp(`its fingerprint is ${fingerprint}`));
    assert.throws(() => Deno.statSync(file));
    assert.equal((await redpak("keys", "add", node, `${path}/maker.asc`, "--fingerprint", fingerprint)).code, 0);
    assert.equal(Deno.readTextFileSync(file), Deno.readTextFileSync(`${path}/maker.asc`));

    const { data } = JSON.parse((await redpak("keys", "list", node, "--json")).stdout);
    assert.deepEqual(data.keys.map((key: { fingerprint: string; userId: string }) => [key.fingerprint, key.userId]), [
      [fingerprint, "maker <maker@example>"],
    ]);
    const known = await redpak("repo", "refresh", node);
    assert.equal(known.code, 0, known.stderr);

    Deno.writeTextFileSync(`${repository}/repodata/repomd.xml`, " ", { append: true });
    assert.match((await redpak("repo", "refresh", node)).stderr, /its signature does not count: it is not valid/);
    const dry = await redpak("keys", "remove", node, fingerprint.slice(-8), "--dry-run");
    assert.match(dry.stdout, /^would remove .* maker <maker@example>\n$/);
    assert.equal(JSON.parse((await redpak("keys", "list", node, "--json")).stdout).data.keys.length, data.keys.length);
    assert.equal((await redpak("keys", "remove", node, fingerprint.slice(-8), "--yes")).code, 0);
    assert.throws(() => Deno.statSync(file));
  } finally {
    exec("gpgconf", ["--homedir", `${path}/gnupg`, "--kill", "all"]);
  }
});

Deno.test("a repository is added with its key, shown and removed; nothing else of the node is changed", async () => {
  using scratch = new Scratch();
  const node = scratch.node("family", "");
  const before = snapshot(node);
  const dry = await redpak("repo", "add", node, "a", "https://a.example", "--dry-run");
  assert.equal(dry.stdout, `would write ${node}/etc/yum.repos.d/a.repo\n`);
  assert.deepEqual(snapshot(node), before);
  await redpak("repo", "add", node, "a", "https://a.example/$basearch", "--priority", "5");
  const { data } = JSON.parse((await redpak("repo", "list", node, "--json")).stdout);
  assert.deepEqual([data.repositories[0].priority, data.repositories[0].baseUrls], [5, [
    `https://a.example/${Deno.build.arch}`,
  ]]);
  assert.equal((await redpak("repo", "add", node, "a", "https://b.example")).code, 1);
  assert.equal((await redpak("repo", "remove", node, "a")).code, 2, "nobody is there to answer");
  assert.equal((await redpak("repo", "remove", node, "b", "--yes")).code, 4);
  assert.equal((await redpak("repo", "remove", node, "a", "--yes")).code, 0);
  assert.deepEqual(snapshot(node), before);
});
