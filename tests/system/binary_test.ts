/** The built binary depends on nothing around it, and leaves nothing behind. */

import assert from "node:assert/strict";

const redpak = new URL("../../dist/redpak", import.meta.url).pathname;
const decoder = new TextDecoder();

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(command: string, args: string[], options: Deno.CommandOptions = {}): Promise<Result> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args, stdin: "null", ...options }).output();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

class Folder implements Disposable {
  readonly path = Deno.makeTempDirSync({ prefix: "redpak-binary-" });
  write(files: Record<string, string>): void {
    for (const [name, text] of Object.entries(files)) Deno.writeTextFileSync(`${this.path}/${name}`, text);
  }
  names(): string[] {
    return [...Deno.readDirSync(this.path)].map((entry) => entry.name).sort();
  }
  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

const expected = await run(redpak, ["version"]);

async function works(command: string): Promise<boolean> {
  return await run("sh", ["-c", command]).then((result) => result.code === 0, () => false);
}

Deno.test("it prints its version", () => {
  assert.equal(expected.code, 0);
  assert.equal(expected.stderr, "");
  assert.match(expected.stdout, /^redpak \d+\.\d+\.\d+/);
});

Deno.test("on a terminal it prints nothing else", async () => {
  const onTerminal = await run("script", ["-qec", `${redpak} version`, "/dev/null"]);
  assert.deepEqual(onTerminal, { ...expected, stdout: expected.stdout.replaceAll("\n", "\r\n") });
});

Deno.test("it runs without any environment variable", async () => {
  assert.deepEqual(await run(redpak, ["version"], { clearEnv: true }), expected);
});

Deno.test("it runs through a link, from another directory, and by a relative path", async () => {
  using folder = new Folder();
  Deno.symlinkSync(redpak, `${folder.path}/redpak`);
  assert.deepEqual(await run("./redpak", ["version"], { cwd: folder.path }), expected);
});

Deno.test("files of Deno, Node and npm in the current directory change nothing and are not touched", async () => {
  using folder = new Folder();
  folder.write({
    "deno.json": '{ "tasks": {, "nonsense": ',
    "deno.lock": '{ "version": "99" }',
    "package.json": '{ "type": "module", "dependencies": { "zod": "file:./evil" } ',
    "tsconfig.json": "{",
    ".npmrc": "registry=http://127.0.0.1:9/\n",
    ".env": "DENO_V8_FLAGS=--help\n",
    "import_map.json": '{ "imports": { "zod": "./evil.js" } }',
  });
  const before = folder.names();
  assert.deepEqual(await run(redpak, ["version"], { cwd: folder.path }), expected);
  assert.deepEqual(folder.names(), before);
});

Deno.test("variables that steer Deno, Node, V8 or Rust change nothing", async () => {
  using folder = new Folder();
  folder.write({ "evil.js": 'console.log("evil");' });
  const evil = `${folder.path}/evil.js`;
  const env = {
    DENO_V8_FLAGS: "--help",
    DENO_DIR: `${folder.path}/cache`,
    DENO_AUDIT_PERMISSIONS: `${folder.path}/audit.jsonl`,
    DENO_COVERAGE_DIR: `${folder.path}/coverage`,
    DENO_INSPECT: "127.0.0.1:0",
    DENO_TRACE_PERMISSIONS: "1",
    DENO_COMPAT: "1",
    NODE_OPTIONS: `--require ${evil}`,
    NODE_CHANNEL_FD: "0",
    NODE_V8_COVERAGE: folder.path,
    OTEL_DENO: "true",
    OTEL_EXPORTER_OTLP_PROTOCOL: "console",
    RUST_LOG: "trace",
    RUST_BACKTRACE: "full",
    NPM_CONFIG_REGISTRY: "http://127.0.0.1:9/",
    SSLKEYLOGFILE: `${folder.path}/keys`,
    HTTP_PROXY: "http://127.0.0.1:9/",
  };
  assert.deepEqual(await run(redpak, ["version"], { env }), expected);
  assert.deepEqual(folder.names(), ["evil.js"]);
});

Deno.test("words that are flags of Deno belong to redpak", async () => {
  for (const flag of ["--allow-all", "--v8-flags=--help", "--version-of-deno"]) {
    const { code, stderr } = await run(redpak, [flag]);
    assert.equal(code, 2, flag);
    assert.match(stderr, /--/);
  }
});

Deno.test("it runs with standard input, output and errors closed", async () => {
  for (const closed of ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"]) {
    const { code } = await run("sh", ["-c", `"$0" version ${closed}`, redpak]);
    assert.ok(code === 0 || closed.includes(">&-") && code === 1, `${closed}: ${code}`);
  }
});

Deno.test("it runs on a read-only root with nothing but itself and its libraries", {
  ignore: !(await works("unshare --user --map-root-user --mount true")), // user namespaces are not allowed here
}, async () => {
  using folder = new Folder();
  const script = `set -e
    mount -t tmpfs tmpfs "$1"; cd "$1"; mkdir usr app
    for link in lib lib64; do
      if [ -L /$link ]; then cp -P /$link $link; elif [ -d /$link ]; then mkdir $link; mount --bind /$link $link; fi
    done
    mount --bind /usr usr; mount --bind "$(dirname "$0")" app; mount -o remount,ro,bind "$1"
    exec env -i /usr/sbin/chroot "$1" /app/redpak version`;
  const args = ["--user", "--map-root-user", "--mount", "sh", "-c", script, redpak, folder.path];
  assert.deepEqual(await run("unshare", args), expected);
});

Deno.test("it opens no file for writing, and makes, renames or removes none", {
  ignore: !(await works("strace -o /dev/null true")), // no strace, or tracing is not allowed here
}, async () => {
  using folder = new Folder();
  const log = `${folder.path}/log`;
  const calls =
    "open,openat,openat2,creat,mkdir,mkdirat,mknod,mknodat,unlink,unlinkat,rmdir,rename,renameat,renameat2," +
    "link,linkat,symlink,symlinkat,truncate,ftruncate,chmod,fchmod,fchmodat,chown,fchown,lchown,memfd_create,connect";
  // -z: successful calls only
  const result = await run("strace", ["-f", "-z", "-qq", "-o", log, "-e", `trace=${calls}`, redpak, "version"]);
  assert.deepEqual({ ...result, stderr: "" }, expected);
  const suspicious = Deno.readTextFileSync(log).trim().split("\n")
    .filter((line) => !/\bopen(?:at)?\(.*O_RDONLY/.test(line) || /O_CREAT|O_TRUNC/.test(line));
  assert.deepEqual(suspicious, []);
});
