/** A file of an archive; `content` of a link is its target. Devices have the numbers of the node. */
export interface CpioEntry {
  readonly path: string;
  readonly kind: "directory" | "file" | "link" | "device";
  readonly mode: number;
  readonly content?: Uint8Array<ArrayBuffer>;
  readonly device?: readonly [major: number, minor: number];
}

const TYPES = { directory: 0o040000, file: 0o100000, link: 0o120000, device: 0o020000 };

/** An initramfs in the form `newc` (the kernel's Documentation/driver-api/early-userspace/buffer-format.rst). */
export function writeCpio(entries: readonly CpioEntry[], output: string): void {
  using file = Deno.openSync(output, { write: true, create: true, truncate: true });
  const put = (bytes: Uint8Array) => {
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(file.writeSync(rest));
    file.writeSync(new Uint8Array(-bytes.length & 3));
  };
  const end: CpioEntry = { path: "TRAILER!!!", kind: "file", mode: 0 };
  [...entries, end].forEach(({ path, kind, mode, content = new Uint8Array(), device = [0, 0] }, index) => {
    const name = new TextEncoder().encode(`${path}\0`);
    const fields = [index + 1, TYPES[kind] | mode, 0, 0, 1, 0, content.length, 0, 0, ...device, name.length, 0];
    const header = "070701" + fields.map((field) => field.toString(16).padStart(8, "0")).join("");
    const whole = new Uint8Array(header.length + name.length);
    whole.set(new TextEncoder().encode(header));
    whole.set(name, header.length);
    put(whole);
    put(content);
  });
}
