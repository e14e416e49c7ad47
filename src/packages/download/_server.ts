/** Servers for the tests of downloads: honest ones, and such as no honest software is. */

export interface TestServer extends AsyncDisposable {
  /** Its address, without a slash at the end. */
  readonly address: string;
  /** Paths that were asked for, with the range where there was one. */
  readonly asked: string[];
}

/** A server of one function. */
export function serve(handler: (request: Request) => Response | Promise<Response>): TestServer {
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const range = request.headers.get("range");
    asked.push(`${new URL(request.url).pathname}${range === null ? "" : ` ${range}`}`);
    return handler(request);
  });
  return {
    address: `http://127.0.0.1:${server.addr.port}`,
    asked,
    async [Symbol.asyncDispose]() {
      await server.shutdown();
    },
  };
}

/** A server that answers every connection with these bytes; then it closes it, or, with `hold`, waits for the client to. */
export function serveRaw(
  ...answers: readonly { readonly bytes: string | Uint8Array; readonly hold?: boolean }[]
): TestServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const asked: string[] = [];
  const serving = (async () => {
    for await (const connection of listener) {
      const buffer = new Uint8Array(4096);
      const count = await connection.read(buffer) ?? 0;
      const text = new TextDecoder().decode(buffer.subarray(0, count));
      const answer = answers[Math.min(asked.length, answers.length - 1)]!;
      asked.push(`${/^GET (\S+)/.exec(text)?.[1]} ${/^range: (.*?)\r$/im.exec(text)?.[1] ?? ""}`.trim());
      const bytes = typeof answer.bytes === "string" ? new TextEncoder().encode(answer.bytes) : answer.bytes;
      try {
        for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
        if (answer.hold) await connection.read(buffer);
      } catch {
        // The client has had enough.
      }
      connection.close();
    }
  })();
  return {
    address: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

/** A server of one file that understands ranges. */
export function serveFile(content: Uint8Array<ArrayBuffer>, path = "/file"): TestServer {
  return serve((request) => {
    if (new URL(request.url).pathname !== path) return new Response("no such file", { status: 404 });
    return rangeOf(content, request.headers.get("range"));
  });
}

/** A file, or the part of it that is asked for. */
export function rangeOf(content: Uint8Array<ArrayBuffer>, range: string | null): Response {
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? -1);
  if (start < 0) return new Response(content);
  if (start >= content.length) return new Response(null, { status: 416 });
  return new Response(content.subarray(start), {
    status: 206,
    headers: { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` },
  });
}
