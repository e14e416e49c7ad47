/** The shipped templates on root file systems of other layouts than this machine's, each made here from its programs. */
import assert from "node:assert/strict";
import { exec, REDPAK, rootTest, Scratch } from "./_node.ts";

interface Layout {
  /** Where shared libraries are. */
  readonly libraries: string;
  readonly programs: string;
  /** Links of the root directory. */
  readonly links: Readonly<Record<string, string>>;
}

const LAYOUTS: Readonly<Record<string, Layout>> = {
  "Debian's, merged /usr": {
    libraries: "usr/lib/x86_64-linux-gnu",
    programs: "usr/bin",
    links: { bin: "usr/bin", sbin: "usr/sbin", lib: "usr/lib", lib64: "usr/lib64" },
  },
  "Fedora's and redpesk's, libraries in lib64": {
    libraries: "usr/lib64",
    programs: "usr/bin",
    links: { bin: "usr/bin", sbin: "usr/sbin", lib: "usr/lib", lib64: "usr/lib64" },
  },
  "an older one, /bin and /lib64 apart from /usr": { libraries: "lib64", programs: "bin", links: {} },
};

const LOADER = "/lib64/ld-linux-x86-64.so.2";

/** Copies programs and the libraries that they need into a root file system. */
function install(root: string, { libraries, programs, links }: Layout): void {
  for (
    const directory of [
      libraries,
      programs,
      "usr/bin",
      "usr/sbin",
      "usr/lib",
      "usr/lib64",
      "etc",
      "dev",
      "proc",
      "srv",
      "nodes",
    ]
  ) {
    Deno.mkdirSync(`${root}/${directory}`, { recursive: true });
  }
  for (const [name, target] of Object.entries(links)) Deno.symlinkSync(target, `${root}/${name}`);
  Deno.mkdirSync(`${root}/lib64`, { recursive: true });
  const copy = (from: string, to: string) => {
    Deno.copyFileSync(Deno.realPathSync(from), to);
    Deno.chmodSync(to, 0o755);
  };
  for (const program of ["/bin/sh", "/bin/ls", REDPAK]) {
    copy(program, `${root}/${programs}/${program.split("/").at(-1)}`);
    for (const [, library = ""] of exec("ldd", [program]).stdout.matchAll(/=> (\/\S+)/g)) {
      copy(library, `${root}/${libraries}/${library.split("/").at(-1)}`);
    }
  }
  copy(LOADER, `${root}${LOADER}`);
  Deno.writeTextFileSync(`${root}/etc/passwd`, "root:x:0:0:root:/:/bin/sh\n");
  // Debian's loader looks elsewhere by itself.
  Deno.writeTextFileSync(`${root}/etc/ld.so.conf`, `/${libraries}\n`);
  assert.equal(exec("ldconfig", ["-r", root]).code, 0);
}

for (const [name, layout] of Object.entries(LAYOUTS)) {
  rootTest(`the templates work unchanged on this layout: ${name}`, () => {
    using scratch = new Scratch();
    const root = `${scratch.path}/root`;
    install(root, layout);
    const before = exec("find", [root, "-path", `${root}/nodes`, "-prune", "-o", "-print"]).stdout;
    // Not a mere chroot, in which the kernel makes no user namespaces.
    const script = `set -e; mount --bind "$1" "$1"; cd "$1"; mount -t proc proc proc; mount --bind /dev dev
      pivot_root . srv; exec /${layout.programs}/sh -c '
        export PATH=/usr/bin:/bin; set -e
        redpak create /nodes/root --template root --alias top
        redpak create /nodes/root/leaf --template leaf
        redpak create /nodes/full --template full
        for node in /nodes/root /nodes/root/leaf /nodes/full; do
          redpak run "$node" -- sh -c "echo \\$0 ok; ls / >/dev/null" "$node"
          redpak run "$node" --admin -- ls /usr >/dev/null
        done'`;
    const result = exec("unshare", ["-m", "sh", "-c", script, "sh", root]);
    assert.equal(result.code, 0, result.stderr);
    const lines = result.stdout.trim().split("\n").filter((line) => line.endsWith(" ok"));
    assert.deepEqual(lines, ["/nodes/root ok", "/nodes/root/leaf ok", "/nodes/full ok"]);
    const after = exec("find", [root, "-path", `${root}/nodes`, "-prune", "-o", "-print"]).stdout;
    assert.equal(after, before, "no directory of the system was made");
  });
}
