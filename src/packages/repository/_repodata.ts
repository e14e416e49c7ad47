import { sha256 } from "../download/_scene.ts";

const encoder = new TextEncoder();

export type Bytes = Uint8Array<ArrayBuffer>;

/** A file of metadata, and what repomd.xml says of it. */
export interface Metadata {
  readonly type?: string;
  /** As it is on the server. */
  readonly packed: Bytes;
  readonly location: string;
  /** Elements of repomd.xml, in the place of those that fit. */
  readonly says?: Readonly<Record<string, string>>;
}

/** Packs a text with gzip. */
export async function gzip(text: string | Bytes): Promise<Bytes> {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

export function primaryXml(...names: readonly string[]): string {
  const packages = names.map((name) => `<package type="rpm"><name>${name}</name><arch>noarch</arch></package>`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<metadata xmlns="http://linux.duke.edu/metadata/common" packages="${names.length}">${packages.join("\n")}</metadata>
`;
}

/** A `primary.xml.gz` as createrepo_c makes it. */
export async function primary(text: string | Bytes, says: Readonly<Record<string, string>> = {}): Promise<Metadata> {
  const open = typeof text === "string" ? encoder.encode(text) : text;
  const packed = await gzip(text);
  return {
    packed,
    location: "repodata/primary.xml.gz",
    says: {
      "open-checksum": `<open-checksum type="sha256">${(await sha256(open)).hex}</open-checksum>`,
      "open-size": `<open-size>${open.length}</open-size>`,
      ...says,
    },
  };
}

/** Files of a repository by their paths. */
export async function repository(revision: number, ...files: readonly Metadata[]): Promise<Map<string, Bytes>> {
  const data = await Promise.all(files.map(async ({ type = "primary", packed, location, says = {} }) => {
    const elements = {
      checksum: `<checksum type="sha256">${(await sha256(packed)).hex}</checksum>`,
      location: `<location href="${location}"/>`,
      timestamp: `<timestamp>${revision}</timestamp>`,
      size: `<size>${packed.length}</size>`,
      ...says,
    };
    return `<data type="${type}">${Object.values(elements).join("")}</data>`;
  }));
  const repomd = `<repomd><revision>${revision}</revision>${data.join("\n")}</repomd>\n`;
  return new Map([
    ["repodata/repomd.xml", encoder.encode(repomd)],
    ...files.map(({ location, packed }): [string, Bytes] => [location, packed]),
  ]);
}
