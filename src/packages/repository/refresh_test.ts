import assert from "node:assert/strict";
import { RedpakError } from "../../core/error.ts";
import { serve, serveRaw } from "../download/_server.ts";
import { type Bytes, gzip, type Metadata, primary, primaryXml, repository } from "./_repodata.ts";
import { RepositoryScene, serveFiles } from "./_repository_scene.ts";
import { KEYS, PRIMARY, REPOMD as SIGNED_REPOMD, SIGNATURES } from "./_signed_repository.ts";
import { verifiedPath } from "./ready_repository.ts";
import { cachedRepository } from "./cached_repository.ts";
import { readKeyFile } from "./repository_keys.ts";

const encoder = new TextEncoder();
const OLD = await repository(100, await primary(primaryXml("old")));
const NEW = await repository(200, await primary(primaryXml("new", "newer")));
const FILELISTS: Metadata = {
  type: "filelists",
  packed: encoder.encode("<filelists/>"),
  location: "repodata/filelists.xml",
};

/** `code reasons` of why a refresh fails; empty where it does not. */
async function refusal(refresh: Promise<unknown>): Promise<string> {
  try {
    await refresh;
  } catch (error) {
    assert(error instanceof RedpakError, String(error));
    const problems = error.problems.length > 0 ? error.problems : [error];
    const reasons = problems.map(({ message }) => message.replace(/^Cannot .*?"[^"]*"(?: \w+)*: /, ""));
    return [error.code, ...reasons].join(" | ");
  }
  return "";
}

Deno.test("the state of a repository is in the cache, with its metadata; asked again, only what has changed is downloaded", async () => {
  const first = await repository(100, await primary(primaryXml("a")), FILELISTS);
  await using server = serveFiles(first);
  using scene = await RepositoryScene.make(`baseurl=${server.address}/`);
  const { ready, changed } = await scene.refresh();
  assert.equal(changed, true);
  assert.deepEqual(Deno.readFileSync(ready.primary.path), first.get("repodata/primary.xml.gz"));
  assert.match(ready.primary.path, /\.xml\.gz$/);
  assert.equal(Deno.readTextFileSync(ready.filelists!.path), "<filelists/>");
  assert.equal(scene.files().length, 4);
  assert.equal((await scene.refresh()).changed, false);
  assert.deepEqual(server.asked, [
    "/repodata/repomd.xml",
    "/repodata/primary.xml.gz",
    "/repodata/filelists.xml",
    "/repodata/repomd.xml",
  ]);
  server.files = await repository(101, await primary(primaryXml("b")), FILELISTS);
  assert.equal((await scene.refresh()).changed, true);
  assert.deepEqual(server.asked.slice(4), ["/repodata/repomd.xml", "/repodata/primary.xml.gz"]);
  // What only the former state had is gone.
  assert.equal(scene.files().length, 4);
});

Deno.test("what is known is found again without asking anybody, while all of it is there", async () => {
  await using server = serveFiles(OLD);
  using scene = await RepositoryScene.make(`baseurl=${server.address}`);
  const options = { store: scene.store, keys: [], now: scene.now };
  assert.equal(await cachedRepository(scene.repository, options), undefined);
  const { ready } = await scene.refresh();
  const known = await cachedRepository(scene.repository, options);
  assert.deepEqual([known?.key, known?.primary, known?.checkedAt], [ready.key, ready.primary, scene.now]);
  assert.equal(verifiedPath(scene.store.cache, ready.primary), ready.primary.path);
  Deno.writeTextFileSync(ready.primary.path, "something else");
  assert.equal(verifiedPath(scene.store.cache, ready.primary), undefined);
  assert.equal(await cachedRepository(scene.repository, options), undefined);
});

function changed(files: ReadonlyMap<string, Bytes>, path: string, change: (text: string) => string | Bytes) {
  const content = change(new TextDecoder().decode(files.get(path)));
  return new Map([...files, [path, typeof content === "string" ? encoder.encode(content) : content]]);
}

const REPOMD = "repodata/repomd.xml";
const LAUGHS = `<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>`;
const SHADOW = `<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/shadow">]>`;
const BOMB = new Uint8Array(50_000_000).fill(32);
BOMB.set(encoder.encode("<metadata>"));

/** A document type that begins `before` bytes before the end of a piece. */
const late = (before: number) => {
  const head = "<metadata><!-- ";
  return primary(`${head}${" ".repeat(65_536 - before - head.length - 4)} --><!DOCTYPE r SYSTEM "x"></metadata>`);
};

for (
  const [id, what, hostile, expected] of [
    [
      "H12",
      "repomd.xml with entities",
      changed(NEW, REPOMD, (text) => LAUGHS + text),
      "E_XML_DOCTYPE | it has a document type, which could define entities",
    ],
    [
      "H12",
      "repomd.xml with an entity of a file",
      changed(NEW, REPOMD, (text) => SHADOW + text),
      "E_XML_DOCTYPE | it has a document type, which could define entities",
    ],
    [
      "H12",
      "metadata with entities",
      await repository(200, await primary(LAUGHS + primaryXml("a"))),
      "E_METADATA | it has a document type, which could define entities",
    ],
    [
      "H12",
      "metadata with entities, behind the first piece",
      await repository(200, await late(-9)),
      "E_METADATA | it has a document type, which could define entities",
    ],
    [
      "H12",
      "metadata with entities, the last letter in the second piece",
      await repository(200, await late(8)),
      "E_METADATA | it has a document type, which could define entities",
    ],
    [
      "H12",
      "metadata with entities, the first letter in the first piece",
      await repository(200, await late(1)),
      "E_METADATA | it has a document type, which could define entities",
    ],
    [
      "H12",
      "metadata in another encoding",
      await repository(200, await primary(primaryXml("a").replace("UTF-8", "UTF-7"))),
      "E_METADATA | it is not XML in UTF-8",
    ],
    [
      "H12",
      "metadata in UTF-16",
      await repository(
        200,
        await primary(new Uint8Array([255, 254, ...[...primaryXml("a")].flatMap((c) => [c.charCodeAt(0), 0])])),
      ),
      "E_METADATA | it is not XML in UTF-8",
    ],
    [
      "H13",
      "metadata that unpacks to more than it says",
      await repository(200, await primary(BOMB, { "open-size": "<open-size>1000</open-size>" })),
      "E_METADATA | it unpacks to more than 1000 bytes",
    ],
    [
      "H13",
      "metadata that unpacks to less than it says",
      await repository(200, await primary(primaryXml("a"), { "open-size": "<open-size>9999</open-size>" })),
      "E_METADATA | it unpacks to 183 bytes, and 9999 were announced",
    ],
    [
      "H13",
      "metadata that unpacks to something else",
      await repository(
        200,
        await primary(primaryXml("a"), {
          "open-checksum": `<open-checksum type="sha256">${"a".repeat(64)}</open-checksum>`,
        }),
      ),
      "E_METADATA | it unpacks to something else than was announced",
    ],
    [
      "H13",
      "metadata that is damaged",
      await repository(200, { ...await primary(primaryXml("a")), packed: (await gzip(primaryXml("a"))).slice(0, -20) }),
      "E_METADATA | it is damaged, or packed in another way than its name says",
    ],
    [
      "H13",
      "metadata of too many bytes",
      await repository(200, await primary("", { size: "<size>999999999999</size>" })),
      "E_METADATA | 999999999999 bytes are too much",
    ],
    [
      "H13",
      "repomd.xml of too many bytes",
      changed(NEW, REPOMD, (text) => text + " ".repeat(1 << 20)),
      "E_DOWNLOAD | it has more than 1048576 bytes, which is too much",
    ],
    [
      "H14",
      "a location above the repository",
      changed(NEW, REPOMD, (text) => text.replace("repodata/p", "../p")),
      'E_REPOMD | primary: its location "../primary.xml.gz" has an empty component, "." or ".."',
    ],
    [
      "H14",
      "a location of this machine",
      changed(NEW, REPOMD, (text) => text.replace("repodata/p", "file:///etc/p")),
      'E_REPOMD | primary: its location "file:///etc/primary.xml.gz" is an address of its own',
    ],
    [
      "H16",
      "metadata of another repository",
      new Map([...NEW, ["repodata/primary.xml.gz", OLD.get("repodata/primary.xml.gz")!]]),
      "E_DOWNLOAD | it has 164 bytes, and 173 were announced",
    ],
    [
      "",
      "a weak checksum",
      changed(NEW, REPOMD, (text) => text.replace('checksum type="sha256"', 'checksum type="sha"')),
      'E_REPOMD | primary: its checksum is of the type "sha": only sha256 and sha512 count',
    ],
    ["", "no metadata", new Map([...NEW].slice(0, 1)), "E_DOWNLOAD | the server answers 404 Not Found"],
    [
      "",
      "a page of HTML",
      new Map([[REPOMD, encoder.encode("<html><body>please log in<br></body></html>")]]),
      "E_XML | expected </br>",
    ],
  ] as const
) {
  Deno.test(`${id === "" ? "" : `[${id}] `}${what} is refused, and the state of before stays`, async () => {
    await using server = serveFiles(OLD);
    using scene = await RepositoryScene.make(`baseurl=${server.address}`);
    const { ready: before } = await scene.refresh();
    const files = scene.files();
    server.files = hostile;
    assert.equal(await refusal(scene.refresh()), expected);
    assert.deepEqual(scene.files(), files);
    const known = await cachedRepository(scene.repository, { store: scene.store, keys: [], now: scene.now });
    assert.equal(known?.key, before.key);
  });
}

Deno.test("[H15] an older state is refused, and accepted where that is asked for", async () => {
  await using server = serveFiles(NEW);
  using scene = await RepositoryScene.make(`baseurl=${server.address}`);
  await scene.refresh();
  server.files = OLD;
  assert.equal(
    await refusal(scene.refresh()),
    'E_REPO_OLDER | it is older than the state of repository "r" that is known',
  );
  const { changed, ready } = await scene.refresh({ allowDowngrade: true });
  assert.deepEqual([changed, Deno.readFileSync(ready.primary.path)], [true, OLD.get("repodata/primary.xml.gz")]);
  server.files = NEW;
  assert.equal((await scene.refresh()).changed, true);
});

Deno.test("[H15] an older state without a number of its own is known by the age of its files", async () => {
  const spring = (files: ReadonlyMap<string, Bytes>) =>
    changed(files, REPOMD, (text) => text.replace(/<revision>\d+/, "<revision>spring"));
  await using server = serveFiles(spring(NEW));
  using scene = await RepositoryScene.make(`baseurl=${server.address}`);
  await scene.refresh();
  server.files = spring(OLD);
  assert.match(await refusal(scene.refresh()), /^E_REPO_OLDER/);
});

Deno.test("[H15] what is known of a repository is not forgotten with the cache, nor when it is damaged", async () => {
  await using server = serveFiles(NEW);
  using scene = await RepositoryScene.make(`baseurl=${server.address}`);
  await scene.refresh();
  Deno.removeSync(`${scene.family.path}/cache`, { recursive: true });
  server.files = OLD;
  assert.match(await refusal(scene.refresh()), /^E_REPO_OLDER/);
  const [state] = [...Deno.readDirSync(`${scene.family.path}/state`)];
  Deno.writeTextFileSync(`${scene.family.path}/state/${state!.name}`, "{}");
  assert.match(await refusal(scene.refresh()), /^E_REPO_STATE/);
});

Deno.test("a mirror that is behind, broken or hostile is passed over for the next one", async () => {
  await using behind = serveFiles(OLD);
  await using hostile = serveFiles(changed(NEW, REPOMD, (text) => LAUGHS + text));
  await using broken = serve(() => new Response("x", { status: 500 }));
  await using stalling = serveRaw({ bytes: "", hold: true });
  await using good = serveFiles(NEW);
  const mirrors = [behind, hostile, broken, stalling, good].map(({ address }) => address);
  using scene = await RepositoryScene.make(`baseurl=${mirrors.join(",")}`, "minrate=1000");
  const impatient = { ...scene.repository, transfer: { ...scene.repository.transfer, timeout: 0.2 } };
  await scene.refresh({}, { ...scene.repository, baseUrls: [good.address] });
  const { ready } = await scene.refresh({}, impatient);
  assert.equal(ready.mirrors.bases[0], `${good.address}/`);
  good.files = OLD;
  const reasons = (await refusal(scene.refresh({}, impatient))).split(" | ");
  assert.equal(reasons.length, 1 + mirrors.length);
  assert.equal(reasons[0], "E_REPO_OLDER");
});

Deno.test("a metalink says what repomd.xml is: nothing else counts, wherever it comes from", async () => {
  const bytes = NEW.get(REPOMD)!;
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-512", bytes)).toHex();
  await using server = serveFiles(OLD);
  const metalink = `<metalink><files><file name="repomd.xml"><size>${bytes.length}</size>
    <verification><hash type="sha512">${sum}</hash></verification>
    <resources><url preference="1">${server.address}/repodata/repomd.xml</url></resources></file></files></metalink>`;
  await using list = serve(() => new Response(metalink));
  using scene = await RepositoryScene.make(`metalink=${list.address}`);
  assert.equal(await refusal(scene.refresh()), "E_DOWNLOAD | it is none that the metalink knows");
  server.files = NEW;
  assert.equal(await refusal(scene.refresh()), "");
});

Deno.test("a list of mirrors is asked for each time, and its mirrors come behind the repository's own addresses", async () => {
  await using one = serveFiles(NEW);
  await using two = serveFiles(NEW);
  await using list = serve(() => new Response(`# mirrors\n${two.address}/\n`));
  using scene = await RepositoryScene.make(`mirrorlist=${list.address}`, `baseurl=${one.address}`);
  const { ready } = await scene.refresh();
  assert.deepEqual(ready.mirrors.bases, [`${one.address}/`, two.address]);
  assert.deepEqual(two.asked, []);
});

Deno.test("a name and password go to the servers that the file names, and to no other that these lead to", async () => {
  const seen: string[] = [];
  const note = (who: string) => (request: Request) => void seen.push(`${who} ${request.headers.get("authorization")}`);
  await using other = serve((request) => {
    note("other")(request);
    return new Response(NEW.get(new URL(request.url).pathname.slice(1)));
  });
  await using server = serve((request) => {
    note("own")(request);
    return Response.redirect(`${other.address}${new URL(request.url).pathname}`);
  });
  using scene = await RepositoryScene.make(`baseurl=${server.address}`, "username=me", "password=s e:cret");
  await scene.refresh();
  assert.deepEqual([...new Set(seen)], [`own Basic ${btoa("me:s e:cret")}`, "other null"]);
});

Deno.test("a repository that is a directory of this machine is read like any other", async () => {
  using scene = await RepositoryScene.make("baseurl=/x");
  const path = `${scene.family.path}/re po`;
  for (const [name, bytes] of NEW) {
    Deno.mkdirSync(`${path}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true });
    Deno.writeFileSync(`${path}/${name}`, bytes);
  }
  const { ready } = await scene.refresh({}, { ...scene.repository, baseUrls: [`file://${encodeURI(path)}`] });
  assert.deepEqual(Deno.readFileSync(ready.primary.path), NEW.get("repodata/primary.xml.gz"));
});

/** A server of the signed repository, and a scene that demands signatures of these keys. */
async function signed(signature: string | undefined, ...keys: readonly (keyof typeof KEYS)[]) {
  const files = new Map([[REPOMD, SIGNED_REPOMD], ["repodata/primary.xml", PRIMARY]].map(([name, text]) => {
    return [name!, encoder.encode(text)];
  }));
  if (signature !== undefined) files.set(`${REPOMD}.asc`, encoder.encode(signature));
  const server = serveFiles(files);
  const scene = await RepositoryScene.make(`baseurl=${server.address}`, "repo_gpgcheck=1");
  const known = keys.flatMap((key) => readKeyFile(encoder.encode(KEYS[key]), key, undefined));
  return { server, scene, refresh: (year: number) => scene.refresh({ keys: known, now: Date.UTC(year, 5) }), known };
}

for (
  const [what, signature, key, expected] of [
    ["of its key", SIGNATURES.good, "good", ""],
    [
      "of another key",
      SIGNATURES.other,
      "good",
      "E_REPO_SIGNATURE | its signature does not count: it is made with the key …, which is not known, or no longer valid",
    ],
    ["that is missing", undefined, "good", "E_DOWNLOAD | the server answers 404 Not Found"],
    [
      "that is none",
      "<html></html>",
      "good",
      'E_REPO_SIGNATURE | its signature does not count: it has no "BEGIN PGP SIGNATURE"',
    ],
    [
      "of a key that has expired",
      SIGNATURES.expired,
      "expired",
      "E_REPO_SIGNATURE | its signature does not count: it is made with the key …, which has expired on 2024-12-31",
    ],
  ] as const
) {
  Deno.test(`with repo_gpgcheck a signature ${what} ${expected === "" ? "counts" : "does not count"}`, async () => {
    const { server, scene: owned, refresh } = await signed(signature, key);
    await using _server = server;
    using scene = owned;
    assert.equal((await refusal(refresh(2026))).replace(/key [0-9A-F]{16}/, "key …"), expected);
    assert.equal(scene.files().length, expected === "" ? 4 : 0);
  });
}

Deno.test("what was accepted is believed no longer once its key is gone", async () => {
  const { server, scene: owned, refresh, known } = await signed(SIGNATURES.good, "good");
  await using _server = server;
  using scene = owned;
  await refresh(2026);
  const options = { store: scene.store, now: Date.UTC(2026, 5) };
  assert((await cachedRepository(scene.repository, { ...options, keys: known })) !== undefined);
  assert.match(await refusal(cachedRepository(scene.repository, { ...options, keys: [] })), /^E_REPO_SIGNATURE/);
});

Deno.test("[I10] a clock that is set back makes no key valid again", async () => {
  const { server, scene: owned, refresh } = await signed(SIGNATURES.expired, "expired");
  await using _server = server;
  using _scene = owned;
  // Nothing is known yet: the clock is all there is.
  assert.equal(await refusal(refresh(2024)), "");
  assert.match(await refusal(refresh(2024)), /which has expired on 2024-12-31$/);
});
