/** Keys of GnuPG that are made for a test, and packages that are signed with them. */
import { type PublicKey, readPublicKeys } from "../../ffi/librpm/openpgp.ts";

export class Signer implements Disposable {
  readonly #home = Deno.makeTempDirSync({ prefix: "redpak-gpg-" });
  readonly #made = new Set<string>();

  constructor() {
    Deno.chmodSync(this.#home, 0o700);
  }

  /** The public part of a key, as redpak reads it. */
  keys(name: string): PublicKey[] {
    return readPublicKeys(this.export(name));
  }

  /** The same, as a file has it. */
  export(name: string): string {
    this.#make(name);
    return this.#run("gpg", ["--armor", "--export", `${name}@example`]);
  }

  /** Signs a package in place; the key is made for it: a short one with the name `short`, all of them for a year. */
  sign<P extends { readonly file: string }>(one: P, name = "first", digest = "sha256"): P {
    this.#make(name);
    this.#run("rpmsign", [
      "--define",
      "__gpg /usr/bin/gpg",
      "--define",
      `_gpg_name ${name}@example`,
      "--define",
      `_gpg_digest_algo ${digest}`,
      "--addsign",
      one.file,
    ]);
    return one;
  }

  #make(name: string): void {
    if (this.#made.has(name)) return;
    this.#made.add(name);
    this.#run("gpg", [
      "--batch",
      "--passphrase",
      "",
      "--quick-gen-key",
      `${name} <${name}@example>`,
      name === "short" ? "rsa1024" : "rsa2048",
      "sign",
      "1y",
    ]);
  }

  #run(program: string, args: readonly string[]): string {
    const { success, stdout, stderr } = new Deno.Command(program, {
      args: [...args],
      env: { GNUPGHOME: this.#home },
      stdin: "null",
    }).outputSync();
    const decoder = new TextDecoder();
    if (!success) throw new Error(`${program} failed: ${decoder.decode(stderr)}`);
    return decoder.decode(stdout);
  }

  [Symbol.dispose](): void {
    new Deno.Command("gpgconf", { args: ["--kill", "all"], env: { GNUPGHOME: this.#home } }).outputSync();
    Deno.removeSync(this.#home, { recursive: true });
  }
}
