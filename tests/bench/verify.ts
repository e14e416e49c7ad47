/**
 * Proving images: `deno task bench:verify [--nodes N,N] [--packages N] [--rounds N] [--json]`.
 *
 * How long the built binary takes for images of more and more nodes, warm; how long of that reading and hashing the files of
 * packages takes, which is measured by itself; and how long a device takes to compare the image with its certificate.
 */
import { S } from "../../ffi/libc/constants.ts";
import { FileReader } from "../../ffi/libc/file_reader.ts";
import { Digest } from "../../ffi/librpm/digest.ts";
import { Scratch } from "../system/_node.ts";
import { childrenCpu, median } from "./_measure.ts";
import { option } from "./_option.ts";
import { largeImage } from "../rpm/_image.ts";

const root = new URL("../..", import.meta.url).pathname;
const redpak = Deno.env.get("REDPAK") ?? `${root}dist/redpak`;
const rounds = Number(option("--rounds") ?? 5);
const packages = Number(option("--packages") ?? 200);
const counts = (option("--nodes") ?? "10,50,200").split(",").map(Number);

function run(command: string, ...args: string[]): void {
  const { success, stdout, stderr } = new Deno.Command(command, { args, stdin: "null" }).outputSync();
  if (!success) {
    throw new Error(`${command} ${args[0]}: ${new TextDecoder().decode(stdout)}${new TextDecoder().decode(stderr)}`);
  }
}

interface Timing {
  /** Medians, in milliseconds. */
  readonly elapsed: number;
  readonly processor: number;
}

function measure(step: () => void): Timing {
  const times = Array.from({ length: rounds + 1 }, () => {
    const [start, before] = [performance.now(), childrenCpu()];
    step();
    return { elapsed: performance.now() - start, processor: childrenCpu() - before };
  }).slice(1); // the first warms up
  return { elapsed: median(times.map((one) => one.elapsed)), processor: median(times.map((one) => one.processor)) };
}

/** Reads and hashes all files of nodes' packages, as verify does. @returns the median, in milliseconds of one thread */
function hashFiles(image: string): number {
  const times = Array.from({ length: rounds + 1 }, () => hashBelow(`${image}/srv`)).slice(1);
  return median(times);
}

function hashBelow(top: string): number {
  using reader = new FileReader();
  let elapsed = 0;
  const pending = [top];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const entries = reader.list(path);
    const start = performance.now();
    for (const { name, mode, size } of entries) {
      if ((mode & S.IFMT) !== S.IFREG || path.endsWith("/sysimage/rpm")) continue;
      using digest = new Digest("sha256");
      digest.add(reader.read(`${path}/${name}`, 0, size));
      digest.hex();
    }
    elapsed += performance.now() - start;
    for (const { name, mode } of entries) if ((mode & S.IFMT) === S.IFDIR) pending.push(`${path}/${name}`);
  }
  return elapsed;
}

async function measureImage(nodes: number) {
  using scratch = new Scratch();
  const image = await largeImage(scratch, { nodes, packages });
  const [key, open, certificate] = ["key", "open", "certificate"].map((name) => `${scratch.path}/${name}`) as [
    string,
    string,
    string,
  ];
  run("openssl", "genpkey", "-algorithm", "ed25519", "-out", key);
  run("openssl", "pkey", "-in", key, "-pubout", "-out", open);
  run(redpak, "certify", image.root, "--key", key, "--output", certificate);
  const verify = measure(() => run(redpak, "verify", image.root));
  const compare = measure(() => run(redpak, "verify", image.root, "--certificate", certificate, "--public-key", open));
  return { nodes, packages, rounds, verify, hashing: hashFiles(image.root), compare };
}

const figures = [];
for (const count of counts) figures.push(await measureImage(count));
const version = measure(() => run(redpak, "version"));
if (Deno.args.includes("--json")) console.log(JSON.stringify({ version, figures }));
else {
  console.log(`ms, medians of ${rounds}; in brackets processor time; redpak version: ${version.elapsed.toFixed(0)}`);
  console.log("nodes packages           verify   of it hashing   per node       --certificate");
  for (const { nodes, verify, hashing, compare } of figures) {
    const show = ({ elapsed, processor }: Timing) => `${elapsed.toFixed(0)} (${processor.toFixed(0)})`;
    console.log(
      `${nodes}`.padStart(5) + `${nodes * packages}`.padStart(9) + show(verify).padStart(17) +
        hashing.toFixed(0).padStart(16) +
        (verify.elapsed / nodes).toFixed(1).padStart(11) + show(compare).padStart(20),
    );
  }
}
