/**
 * What is proven of an image is so on the device: random images, each proven or not, and where it is, every node is started
 * for real, with the image as `/`. `REDPAK_IMAGES` says how many, `REDPAK_SEED` the first of their seeds.
 */
import assert from "node:assert/strict";
import { compile } from "../system/_compile.ts";
import { exec, REDPAK, rootTest, Scratch } from "../system/_node.ts";
import { putInstalled } from "./_installed.ts";
import type { PackageFile } from "./_rpm.ts";

const IMAGES = Number(Deno.env.get("REDPAK_IMAGES") ?? 12);
const SEED = Number(Deno.env.get("REDPAK_SEED") ?? 1);
const LINKER = "/lib64/ld-linux-x86-64.so.2";
const MARK = ".made-by-the-probe";

class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed * 2_654_435_761 | 1;
    for (let round = 0; round < 8; round++) this.#next();
  }

  #next(): number {
    this.#state ^= this.#state << 13, this.#state ^= this.#state >>> 17, this.#state ^= this.#state << 5;
    return (this.#state >>> 0) / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.#next() * values.length)]!;
  }
}

/** Programs and libraries that find each other, or do not. */
function buildFiles(scratch: Scratch): Readonly<Record<string, string>> {
  const at = (name: string) => `${scratch.path}/${name}`;
  scratch.file("one.c", "int one(void) { return 0; }");
  scratch.file("main.c", "int one(void); int main(void) { return one(); }");
  scratch.file("old.map", "V1 { global: one; local: *; };");
  scratch.file("new.map", "V1 { local: *; }; V2 { global: one; } V1;");
  const gcc = (...args: string[]) => assert.equal(exec("gcc", args).code, 0, args.join(" "));
  for (const map of ["old", "new"]) {
    const script = `-Wl,-soname,libone.so,--version-script,${at(`${map}.map`)}`;
    gcc("-shared", "-fPIC", script, "-o", at(`libone-${map}.so`), at("one.c"));
  }
  gcc("-o", at("plain"), at("main.c"), at("libone-new.so"));
  gcc("-o", at("origin"), at("main.c"), at("libone-new.so"), "-Wl,-rpath,$ORIGIN/../hidden");
  gcc("-o", at("linker"), at("main.c"), at("libone-new.so"), "-Wl,--dynamic-linker,/lib64/none.so");
  return Object.fromEntries(
    ["libone-old.so", "libone-new.so", "plain", "origin", "linker"].map((name) => [name, at(name)]),
  );
}

interface MadeNode {
  readonly path: string;
  readonly programs: readonly string[];
}

const SOURCES = [
  "/opt",
  "/opt/a",
  "/opt/a/b",
  "/opt/link",
  "/host",
  "/host/deep",
  "$NODE_PATH/data",
  "$NODE_PATH/other",
  "$NODE_PATH",
];
const PLACES = ["/w", "/w/x", "/opt", "/data", "/opt/a", "/nodes"];
const MODES = ["Public", "Restricted", "Private", "PrivateRestricted", "Tmpfs"];

async function makeImage(
  random: Random,
  scratch: Scratch,
  files: Readonly<Record<string, string>>,
  probe: string,
): Promise<readonly MadeNode[]> {
  const nodes: MadeNode[] = [];
  for (const directory of ["opt/a/b", "host/deep", "etc"]) {
    Deno.mkdirSync(`${scratch.path}/img/${directory}`, { recursive: true });
  }
  Deno.symlinkSync(random.pick(["/host", "a", "/opt/a/b"]), `${scratch.path}/img/opt/link`);
  const count = random.pick([1, 2, 2, 3, 3, 4]);
  for (let index = 0; index < count; index++) {
    const alias = `n${index}`;
    const parent = index === 0 ? undefined : random.pick(nodes);
    const path = `${parent?.path ?? "/srv"}/${alias}`;
    const exports = [
      ...index > 0 ? [] : [
        ...["/usr", "/lib", "/lib64"].map((mount) => `{ mode: Restricted, mount: ${mount}, path: ${mount} }`),
        "{ mode: Restricted, mount: /host, path: /host }",
        ...random.chance(0.8) ? [`{ mode: ${random.pick(["Public", "Restricted"])}, mount: /opt, path: /opt }`] : [],
        ...random.chance(0.8) ? ["{ mode: Procfs, mount: /proc }"] : [],
        ...random.chance(0.8) ? ["{ mode: Tmpfs, mount: /tmp }"] : [],
      ],
      `{ mode: Restricted, mount: /nodes/${alias}/usr, path: $NODE_PATH/usr }`,
      ...random.chance(0.4)
        ? [`{ mode: ${random.pick(MODES)}, mount: ${random.pick(PLACES)}, path: ${random.pick(SOURCES)} }`]
        : [],
    ].map((line) => `  - ${line.includes("Tmpfs") ? line.replace(/, path:[^}]*/, " ") : line}\n`).join("");
    const ldpath = random.chance(0.85) ? `  ldpath: /nodes/${alias}/usr/lib\n` : "";
    scratch.node(`img${path}`, `exports:\n${exports}config:\n  path: /nodes/${alias}/usr/bin\n${ldpath}`);
    const packaged: Record<string, PackageFile> = { "/usr/bin/probe": { from: probe } };
    if (index === 0 || random.chance(0.5)) {
      packaged[`/usr/${random.pick(["lib", "lib", "lib", "hidden"])}/libone.so`] = {
        from: files[random.pick(["libone-new.so", "libone-new.so", "libone-new.so", "libone-old.so"])]!,
      };
    }
    for (const name of ["plain", "origin", "linker"]) {
      if (random.chance(name === "linker" ? 0.05 : name === "origin" ? 0.3 : 0.6)) {
        packaged[`/usr/bin/${name}`] = { from: files[name]! };
      }
    }
    if (random.chance(0.3)) {
      const content = random.pick(["#!/bin/none\n", "#!/usr/bin/true\n", "#!/usr/bin/env true\n", "#!/usr/bin/true\n"]);
      packaged["/usr/bin/script"] = { content, mode: 0o755 };
    }
    await putInstalled(`${scratch.path}/img${path}`, [{ name: alias, version: "1", arch: "x86_64", files: packaged }]);
    const own = Object.keys(packaged).filter((file) => /bin\/(?!probe)/.test(file)).map((file) =>
      `/nodes/${alias}${file}`
    );
    nodes.push({ path, programs: [...own, ...parent?.programs ?? []] });
  }
  return nodes;
}

/** Runs commands in a mount namespace in which the image has this machine's programs. */
const SCRIPT = `set -e
img=$1; redpak=$2; shift 2
# A launch needs a root that is a mount.
mount --bind "$img" "$img"
for part in /usr /lib /lib64 /bin /etc/alternatives; do
  [ -e "$part" ] || continue
  if [ -L "$part" ]; then ln -s "$(readlink "$part")" "$img$part"; else mkdir -p "$img$part"; mount --bind "$part" "$img$part"; mount -o remount,bind,ro "$img$part"; fi
done
mkdir -p "$img/proc" "$img/dev" "$img/run" "$img/tmp" "$img/sys"
mount --rbind /proc "$img/proc"; mount --rbind /dev "$img/dev"; mount -t tmpfs none "$img/run"
: > "$img/redpak"; mount --bind "$redpak" "$img/redpak"
"$img/redpak" verify "$img" --json > "$img/../verified" 2> "$img/../error" || exit 0
cd "$img"
mkdir .old
# In a chroot there are no user namespaces.
pivot_root . .old
umount -l /.old
rmdir /.old
for node in "$@"; do
  path=\${node%%:*}; programs=\${node#*:}
  echo "RAN $path"
  /redpak run "$path" -- "/nodes/\${path##*/}/usr/bin/probe" ${LINKER} ${MARK} $programs 2>&1 || echo "exit $?"
  for part in /srv /opt /host /etc /tmp /var /dev/shm; do
    if [ -e "$part" ]; then find "$part" -xdev -name ${MARK} -printf "MADE $path %p\\n" -delete; fi
  done
done
`;

interface Access {
  readonly node: string;
  readonly binds: readonly { readonly source: string; readonly write: boolean; readonly hidden: readonly string[] }[];
}

const isWithin = (path: string, above: string) => path === above || path.startsWith(`${above === "/" ? "" : above}/`);

rootTest(`what is proven of ${IMAGES} random images is so when their nodes run`, async () => {
  using built = new Scratch();
  const files = buildFiles(built);
  const probe = await compile("soundness_probe.c", "-static");
  let [proven, started, made] = [0, 0, 0];
  const reasons = new Map<string, number>();
  for (let seed = SEED; seed < SEED + IMAGES; seed++) {
    using scratch = new Scratch();
    const nodes = await makeImage(new Random(seed), scratch, files, probe);
    const img = `${scratch.path}/img`;
    const words = nodes.map(({ path, programs }) => `${path}:${programs.join(" ")}`);
    const { stdout, stderr, code } = exec("unshare", ["-m", "sh", "-c", SCRIPT, "sh", img, REDPAK, ...words]);
    const name = `seed ${seed}`;
    assert.equal(code, 0, `${name}: ${stderr}`);
    const text = Deno.readTextFileSync(`${scratch.path}/verified`);
    assert.notEqual(text, "", `${name}: ${Deno.readTextFileSync(`${scratch.path}/error`)}`);
    const { data } = JSON.parse(text) as {
      data: { proven: boolean; access: readonly Access[]; findings: readonly { check: string }[] };
    };
    for (const { check } of data.findings) reasons.set(check, (reasons.get(check) ?? 0) + 1);
    if (!data.proven) continue;
    proven++;
    for (const [, path, complaints] of stdout.matchAll(/^RAN (.*)\n((?:(?!RAN |MADE ).*\n)*)/gm)) {
      started++;
      assert.equal(complaints, "", `${name}: ${path} cannot run what it was proven to run`);
    }
    for (const [, path, file] of stdout.matchAll(/^MADE (\S+) (.*)$/gm)) {
      made++;
      const access = data.access.find(({ node }) => node === path);
      const isAllowed = access?.binds.some(({ source, write, hidden }) =>
        write && isWithin(file!, source) && !hidden.some((hole) => isWithin(file!, hole))
      );
      assert(isAllowed, `${name}: ${path} has written ${file}, which the table does not say`);
    }
  }
  console.log(`${proven} of ${IMAGES} images proven, ${started} nodes started, ${made} files made; findings:`, [
    ...reasons,
  ]);
  assert(proven >= IMAGES / 5 && made > 0, `${proven} of ${IMAGES} are too few to say anything, or ${made} files`);
});
