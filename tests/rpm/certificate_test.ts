/** What a certificate is about: not a byte of it can change unnoticed. */
import assert from "node:assert/strict";
import { findCertificateFaults } from "../../src/cli/certificate.ts";
import { verifyImage } from "../../src/cli/verify_image.ts";
import { RedpakError } from "../../src/core/error.ts";
import { exec, redpak, rootTest, Scratch } from "../system/_node.ts";
import { largeImage } from "./_image.ts";

/** How many bytes are changed. */
const SAMPLE = Number(Deno.env.get("REDPAK_BYTES") ?? 500);

/** A sequence of numbers that is the same each time (xorshift32). */
function random(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state ^= state << 13, state ^= state >>> 17, state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

function keyPair(scratch: Scratch, name: string): readonly [secret: string, open: string] {
  const [secret, open] = [`${scratch.path}/${name}`, `${scratch.path}/${name}.pub`];
  assert.equal(exec("openssl", ["genpkey", "-algorithm", "ed25519", "-out", secret]).code, 0);
  assert.equal(exec("openssl", ["pkey", "-in", secret, "-pubout", "-out", open]).code, 0);
  return [secret, open];
}

rootTest(
  `each of ${SAMPLE} changed bytes is noticed, of whatever was proven and of the certificate itself`,
  async () => {
    using scratch = new Scratch();
    const { root, nodes } = await largeImage(scratch, { nodes: 2, packages: 4 });
    const policy = scratch.file("img/etc/redpak/policy.yaml", "limits:\n  config:\n    share_ipc: disabled\n");
    const [[secret, open], [, other]] = [keyPair(scratch, "mine"), keyPair(scratch, "theirs")];
    const certificate = `${root}/etc/redpak/certificate`;
    assert.equal(redpak(["certify", root, "--key", secret, "--output", certificate]).code, 0);
    const compare = async (key = open, files = false) =>
      (await findCertificateFaults(root, { certificate, "public-key": key, admin: false, files })).findings;
    const compareFiles = () => compare(open, true);
    const prove = async () => (await verifyImage(root, { admin: false })).left;
    assert.deepEqual([await compare(), await compareFiles(), await prove()], [[], [], []]);
    await assert.rejects(compare(other), { code: "E_CERTIFICATE" });

    const find = (...args: string[]) => exec("find", args).stdout.split("\n").filter((path) => path !== "");
    const certified = [
      policy,
      certificate,
      ...nodes.flatMap((
        { path },
      ) => [`${root}${path}/etc/redpak.yaml`, `${root}${path}/usr/lib/sysimage/rpm/rpmdb.sqlite`]),
    ];
    const packaged = find(
      `${root}/srv`,
      "-path",
      "*/usr/*",
      "-type",
      "f",
      "-not",
      "-path",
      "*/sysimage/*",
      "-size",
      "+0",
    );
    assert(packaged.length > 20);
    const next = random(1);
    const missed: string[] = [];
    for (let index = 0; index < SAMPLE; index++) {
      // The digests of packages' files are in the databases, which are certified: --files and verify compare them.
      const [files, noticed] = index % 10 === 9
        ? [packaged, prove] as const
        : index % 10 === 8
        ? [packaged, compareFiles] as const
        : [certified, compare] as const;
      const file = files[next(files.length)]!;
      const before = Deno.readFileSync(file);
      const after = before.slice();
      const at = next(after.length);
      after[at] = (after[at]! + 1 + next(255)) % 256;
      Deno.writeFileSync(file, after);
      try {
        if ((await noticed()).length === 0) missed.push(`${file} ${at} ${before[at]} ${after[at]}`);
      } catch (error) {
        if (!(error instanceof RedpakError)) throw error;
      } finally {
        Deno.writeFileSync(file, before);
      }
    }
    assert.deepEqual(missed, []);
    assert.deepEqual([await compare(), await prove()], [[], []]);
  },
);

rootTest("--certificate alone reads no file of a package, with --files it reads all of them", async () => {
  using scratch = new Scratch();
  const { root, nodes } = await largeImage(scratch, { nodes: 2, packages: 4 });
  const [secret, open] = keyPair(scratch, "mine");
  const certificate = `${scratch.path}/certificate`;
  assert.equal(redpak(["certify", root, "--key", secret, "--output", certificate]).code, 0);
  const compare = (...more: string[]) =>
    redpak(["verify", root, "--certificate", certificate, "--public-key", open, ...more]);
  assert.equal(compare("--files").code, 0, compare("--files").stdout);
  const program = `${root}${nodes[1]!.path}/usr/bin/n1-p1-run`;
  Deno.writeTextFileSync(program, Deno.readTextFileSync(program).replace("exec", "EXEC"));
  scratch.file(`img${nodes[0]!.path}/usr/bin/added`, "", 0o755);
  assert.equal(compare().code, 0);
  const { code, stdout } = compare("--files");
  assert.equal(code, 1);
  assert.match(stdout, /File "\/usr\/bin\/n1-p1-run" of n1-p1-1-1\.x86_64 has another content/);
  assert.match(stdout, /File "\/usr\/bin\/added" comes from no package/);
  assert.match(stdout, /2 finding\(s\)/);
  const misused = redpak(["verify", root, "--files"]);
  assert.equal(misused.code, 2);
  assert.match(misused.stderr, /--files belongs to --certificate/);
});
