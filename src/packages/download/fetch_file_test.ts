import assert from "node:assert/strict";
import { RedpakError } from "../../core/error.ts";
import { content, Scene, sha256 } from "./_scene.ts";
import { rangeOf, serve, serveFile, serveRaw } from "./_server.ts";
import { FileTransport } from "./file_transport.ts";

const CONTENT = content(300_000);
const CHECKSUM = await sha256(CONTENT);
const WANTED = { checksum: CHECKSUM, size: CONTENT.length };
const NAME = `sha256-${CHECKSUM.hex}`;

/** The reasons for which a download failed; empty where it did not. */
async function reasons(download: Promise<unknown>): Promise<string[]> {
  try {
    await download;
  } catch (error) {
    assert(error instanceof RedpakError && error.code === "E_DOWNLOAD", String(error));
    const problems = error.problems.length > 0 ? error.problems : [error];
    return problems.map(({ message }) => message.replace(/^Cannot download ".*?": /, ""));
  }
  return [];
}

function head(lines: readonly string[]): string {
  return ["HTTP/1.1 200 OK", ...lines, "", ""].join("\r\n");
}

function bytes(headText: string, body: Uint8Array): Uint8Array {
  return new Uint8Array([...new TextEncoder().encode(headText), ...body]);
}

Deno.test("a file is there when it is all there, under the name of its content, and is asked for once", async () => {
  using scene = new Scene();
  await using server = serveFile(CONTENT);
  assert.equal(await scene.fetch([server.address], WANTED), true);
  assert.deepEqual(scene.content(), [`files/${NAME}.bin ${CONTENT.length}`]);
  const path = scene.cache.pathOf(CHECKSUM, ".bin");
  assert.deepEqual(Deno.readFileSync(path), CONTENT);
  assert.equal(Deno.statSync(path).mode! & 0o7777, 0o644);
  assert.equal(await scene.fetch([server.address], WANTED), false);
  assert.deepEqual(server.asked, ["/file"]);
  assert.deepEqual(new Set(scene.progress.map(({ state }) => state)), new Set(["begun", "going", "done"]));
});

Deno.test("a file that has to be there after a power cut is flushed, and its name; another one is not", async () => {
  using scene = new Scene();
  await using server = serveFile(CONTENT);
  await scene.fetch([server.address], { ...WANTED, isDurable: false });
  assert.equal(scene.flushes, 0);
  await scene.fetch([server.address], { ...WANTED, ending: ".xml" });
  assert.equal(scene.flushes, 2);
});

Deno.test("a file in the cache that is not what its name says is downloaded again", async () => {
  using scene = new Scene();
  await using server = serveFile(CONTENT);
  await scene.fetch([server.address], WANTED);
  Deno.writeTextFileSync(scene.cache.pathOf(CHECKSUM, ".bin"), "something else");
  assert.equal(await scene.fetch([server.address], WANTED), true);
  assert.deepEqual(Deno.readFileSync(scene.cache.pathOf(CHECKSUM, ".bin")), CONTENT);
});

const OTHER = CONTENT.slice();
OTHER[1000]! ^= 1;

for (
  const [what, answer, expected, left] of [
    ["other content", () => serveFile(OTHER), "it is not what was announced (its sha256 differs)", 0],
    ["less, and says so", () => serveFile(CONTENT.subarray(1)), `it has 299999 bytes, and 300000 were announced`, 0],
    ["more, and says so", () => serveFile(content(300_001)), `it has 300001 bytes, and 300000 were announced`, 0],
    [
      "less than it says",
      () => serveRaw({ bytes: bytes(head(["Content-Length: 300000"]), CONTENT.subarray(0, 1000)) }),
      "the connection has ended too early",
      1000,
    ],
    [
      "less, without saying how much it is",
      () => serveRaw({ bytes: bytes(head(["Connection: close"]), CONTENT.subarray(0, 1000)) }),
      "it ends after 1000 of 300000 bytes",
      1000,
    ],
    [
      "more, without saying how much it is",
      () => serveRaw({ bytes: bytes(head(["Connection: close"]), content(600_000)) }),
      "the server sends more than the 300000 bytes that were announced",
      undefined,
    ],
    ["no such file", () => serveFile(CONTENT, "/other"), "the server answers 404 Not Found", 0],
    [
      "an error",
      () => serve(() => new Response("x", { status: 503 })),
      "the server answers 503 Service Unavailable",
      0,
    ],
    [
      "a packed answer that nobody asked for",
      () => serve(() => new Response(CONTENT, { headers: { "content-encoding": "gzip" } })),
      'the server has packed it as "gzip", which nobody asked for',
      0,
    ],
    [
      "nonsense",
      () => serveRaw({ bytes: "SSH-2.0-x\r\n\r\n" }),
      "the server is not understood: invalid HTTP version parsed",
      0,
    ],
    [
      "headers without end",
      () => serveRaw({ bytes: head(Array.from({ length: 3000 }, (_, index) => `X-${index}: ${"y".repeat(200)}`)) }),
      "the server is not understood: message head is too large",
      0,
    ],
    [
      "a file of this machine",
      () => serve(() => new Response(null, { status: 302, headers: { location: "file:///etc/passwd" } })),
      'it leads to an address of "file:"',
      0,
    ],
    [
      "another protocol",
      () => serve(() => new Response(null, { status: 301, headers: { location: "data:text/plain,x" } })),
      'it leads to an address of "data:"',
      0,
    ],
    [
      "itself, again and again",
      () => serve(() => new Response(null, { status: 307, headers: { location: "/again" } })),
      "it leads on and on (5 times)",
      0,
    ],
  ] as const
) {
  Deno.test(`a server that sends ${what} is refused, and nothing gets a name`, async () => {
    using scene = new Scene();
    await using server = answer();
    assert.deepEqual(await reasons(scene.fetch([server.address], WANTED)), [expected]);
    const found = scene.content();
    if (left === 0) assert.deepEqual(found, []);
    else if (left !== undefined) assert.deepEqual(found, [`partial/${NAME} ${left}`]);
    else assert(found.length === 1 && found[0]!.startsWith("partial/"), found.join());
  });
}

for (
  const [what, first] of [
    ["nothing at all", { bytes: "", hold: true }],
    ["a head and nothing else", { bytes: head(["Content-Length: 300000"]), hold: true }],
    ["a little and then nothing", {
      bytes: bytes(head(["Content-Length: 300000"]), CONTENT.subarray(0, 10)),
      hold: true,
    }],
  ] as const
) {
  Deno.test(`a server that sends ${what} is left, and the next one asked`, async () => {
    using scene = new Scene();
    await using stalling = serveRaw(first);
    await using server = serveFile(CONTENT);
    assert.equal(await scene.fetch([stalling.address, server.address], WANTED, { timeout: 0.2, minRate: 1000 }), true);
    const failure = scene.progress.find(({ state }) => state === "failed");
    assert(failure?.state === "failed");
    assert.equal(failure.error.reason, "the server sends less than 1000 bytes a second for 0.2 seconds");
    assert.deepEqual(scene.content(), [`files/${NAME}.bin ${CONTENT.length}`]);
  });
}

Deno.test("a server that sends a byte now and then is left, too", async () => {
  using scene = new Scene();
  await using dripping = serve(() => {
    let timer: ReturnType<typeof setInterval>;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => void (timer = setInterval(() => controller.enqueue(CONTENT.slice(0, 1)), 10)),
      cancel: () => clearInterval(timer),
    });
    return new Response(body);
  });
  const [reason] = await reasons(scene.fetch([dripping.address], WANTED, { timeout: 0.3, minRate: 10_000 }));
  assert.equal(reason, "the server sends less than 10000 bytes a second for 0.3 seconds");
});

Deno.test("where the first mirror has nothing, the second one is asked, and first from then on", async () => {
  using scene = new Scene();
  await using broken = serve(() => new Response("x", { status: 404 }));
  await using server = serveFile(CONTENT);
  assert.equal(await scene.fetch([broken.address, server.address], WANTED), true);
  assert.deepEqual([broken.asked, server.asked], [["/file"], ["/file"]]);
});

Deno.test("where no mirror has it, the error says why for each", async () => {
  using scene = new Scene();
  await using one = serve(() => new Response("x", { status: 404 }));
  await using two = serveFile(OTHER);
  assert.deepEqual(await reasons(scene.fetch([one.address, two.address], WANTED)), [
    "the server answers 404 Not Found",
    "it is not what was announced (its sha256 differs)",
  ]);
  assert.deepEqual(scene.content(), []);
});

Deno.test("what can pass is tried again, as often as asked for; what is not there is not", async () => {
  using scene = new Scene();
  await using busy = serve(() => new Response("x", { status: 503 }));
  await using empty = serve(() => new Response("x", { status: 404 }));
  await reasons(scene.fetch([busy.address], WANTED, { retries: 3 }));
  await reasons(scene.fetch([empty.address], WANTED, { retries: 3 }));
  assert.deepEqual([busy.asked.length, empty.asked.length], [4, 1]);
});

for (let cut = 65_536; cut < CONTENT.length; cut += 65_536) {
  Deno.test(`[R27] a connection that is cut after each ${cut} bytes is resumed there, and nothing is asked for twice`, async () => {
    using scene = new Scene();
    await using server = serve((request) => {
      const whole = rangeOf(CONTENT, request.headers.get("range"));
      const start = Number(/bytes (\d+)/.exec(whole.headers.get("content-range") ?? "")?.[1] ?? 0);
      // A body that fails: the connection is closed before its end.
      let sent = false;
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
        pull(controller) {
          if (!sent) controller.enqueue(CONTENT.slice(start, start + cut));
          else if (start + cut < CONTENT.length) controller.error(new Error("cut"));
          else controller.close();
          sent = true;
        },
      });
      return new Response(body, { status: whole.status, headers: whole.headers });
    });
    assert.equal(await scene.fetch([server.address], WANTED, { retries: 10 }), true);
    const expected = Array.from({ length: Math.ceil(CONTENT.length / cut) }, (_, index) => {
      return index === 0 ? "/file" : `/file bytes=${index * cut}-`;
    });
    assert.deepEqual(server.asked, expected);
    assert.deepEqual(scene.content(), [`files/${NAME}.bin ${CONTENT.length}`]);
  });
}

Deno.test("what an earlier attempt has left is not asked for again; if it is wrong, all of it is", async () => {
  for (const left of [CONTENT, OTHER]) {
    using scene = new Scene();
    await using server = serveFile(CONTENT);
    Deno.writeFileSync(`${scene.path}/cache/partial/${NAME}`, left.subarray(0, 100_000), { mode: 0o600 });
    assert.equal(await scene.fetch([server.address], WANTED), true);
    assert.deepEqual(server.asked, ["/file bytes=100000-", ...left === CONTENT ? [] : ["/file"]]);
    assert.deepEqual(scene.content(), [`files/${NAME}.bin ${CONTENT.length}`]);
  }
});

Deno.test("a server that knows no ranges sends all of it again", async () => {
  using scene = new Scene();
  await using server = serve(() => new Response(CONTENT));
  Deno.writeFileSync(`${scene.path}/cache/partial/${NAME}`, OTHER.subarray(0, 100_000), { mode: 0o600 });
  assert.equal(await scene.fetch([server.address], WANTED), true);
  assert.deepEqual(server.asked, ["/file bytes=100000-"]);
});

for (
  const [what, contentRange] of [
    ["another part", "bytes 5-299999/300000"],
    ["a part of a larger file", "bytes 100000-299999/300001"],
    ["a part without saying which", ""],
  ] as const
) {
  Deno.test(`a server that sends ${what} is refused, and what is there stays`, async () => {
    using scene = new Scene();
    await using server = serve(() =>
      new Response(CONTENT.subarray(100_000), {
        status: 206,
        headers: contentRange === "" ? {} : { "content-range": contentRange },
      })
    );
    Deno.writeFileSync(`${scene.path}/cache/partial/${NAME}`, CONTENT.subarray(0, 100_000), { mode: 0o600 });
    assert.equal((await reasons(scene.fetch([server.address], WANTED))).length, 1);
    assert.deepEqual(scene.content(), [`partial/${NAME} 100000`]);
  });
}

Deno.test("more than was announced, left by an earlier attempt, is thrown away", async () => {
  using scene = new Scene();
  await using server = serveFile(CONTENT);
  Deno.writeFileSync(`${scene.path}/cache/partial/${NAME}`, content(400_000), { mode: 0o600 });
  assert.equal(await scene.fetch([server.address], WANTED), true);
  assert.deepEqual(server.asked, ["/file"]);
});

for (
  const [what, plant] of [
    ["a link", (path: string, outside: string) => new Deno.Command("ln", { args: ["-s", outside, path] }).outputSync()],
    ["a second name of a file", (path: string, outside: string) => Deno.linkSync(outside, path)],
    ["a file that others can write", (path: string) => (Deno.writeTextFileSync(path, ""), Deno.chmodSync(path, 0o666))],
    ["a directory", (path: string) => Deno.mkdirSync(path)],
  ] as const
) {
  const name = `${what} in the place of a partial file is not written to`;
  // Making links takes more permissions than the code under test has.
  if (what === "a link") continue;
  Deno.test(name, async () => {
    using scene = new Scene();
    await using server = serveFile(CONTENT);
    const outside = `${scene.path}/outside`;
    Deno.writeTextFileSync(outside, "precious");
    plant(`${scene.path}/cache/partial/${NAME}`, outside);
    await scene.fetch([server.address], WANTED).catch(() => {});
    assert.equal(Deno.readTextFileSync(outside), "precious");
  });
}

Deno.test("where no size is announced, the limit counts", async () => {
  using scene = new Scene();
  await using server = serveFile(CONTENT);
  const wanted = { checksum: CHECKSUM, size: undefined };
  assert.deepEqual(await reasons(scene.fetch([server.address], { ...wanted, limit: 299_999 })), [
    "it has more than 299999 bytes, which is too much",
  ]);
  assert.equal(await scene.fetch([server.address], { ...wanted, limit: 300_000 }), true);
});

Deno.test("what the check refuses gets no name, and nothing of it stays", async () => {
  using scene = new Scene();
  await using server = serveFile(CONTENT);
  const check = () => {
    throw new RedpakError({ code: "E_DOWNLOAD", message: "no" });
  };
  assert.deepEqual(await reasons(scene.fetch([server.address], { ...WANTED, check })), ["no"]);
  assert.deepEqual(scene.content(), []);
});

Deno.test("two downloads of one file at once: the second waits, and finds it there", async () => {
  using scene = new Scene();
  await using server = serveFile(CONTENT);
  const both = await Promise.all([scene.fetch([server.address], WANTED), scene.fetch([server.address], WANTED)]);
  assert.deepEqual(both.sort(), [false, true]);
  assert.deepEqual(server.asked, ["/file"]);
});

Deno.test("an ended download leaves what has come of it, and asks nobody else", async () => {
  using scene = new Scene();
  const controller = new AbortController();
  await using stalling = serveRaw({
    bytes: bytes(head(["Content-Length: 300000"]), CONTENT.subarray(0, 5000)),
    hold: true,
  });
  await using server = serveFile(CONTENT);
  const download = scene.fetch([stalling.address, server.address], WANTED, { signal: controller.signal });
  while (!scene.progress.some(({ received }) => received === 5000)) await new Promise((done) => setTimeout(done, 5));
  controller.abort(new Error("enough"));
  await assert.rejects(download, { message: "enough" });
  assert.deepEqual(server.asked, []);
  assert.deepEqual(scene.content(), [`partial/${NAME} 5000`]);
});

Deno.test("files of this machine are copied, in part where a part is there; what is no file is refused", async () => {
  using scene = new Scene();
  const transport = new FileTransport();
  Deno.mkdirSync(`${scene.path}/re po`);
  const base = `file://${scene.path}/re%20po`;
  assert.deepEqual(await reasons(scene.fetch([base], WANTED, { transport })), ["no such file or directory (ENOENT)"]);
  Deno.mkdirSync(`${scene.path}/re po/file`);
  assert.deepEqual(await reasons(scene.fetch([base], WANTED, { transport })), ["it is not a regular file"]);
  Deno.removeSync(`${scene.path}/re po/file`);
  Deno.writeFileSync(`${scene.path}/re po/file`, CONTENT);
  Deno.writeFileSync(`${scene.path}/cache/partial/${NAME}`, CONTENT.subarray(0, 1000), { mode: 0o600 });
  assert.equal(await scene.fetch([base], WANTED, { transport }), true);
  assert.deepEqual(scene.content(), [`files/${NAME}.bin ${CONTENT.length}`]);
});
