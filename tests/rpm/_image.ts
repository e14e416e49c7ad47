/** Images of devices with many nodes and packages, all of them healthy. */
import { elfBytes } from "../../src/proof/elf/_elf.ts";
import type { Scratch } from "../system/_node.ts";
import { putInstalled } from "./_installed.ts";
import type { Package } from "./_rpm.ts";

export interface ImageNode {
  /** Its directory on the device. */
  readonly path: string;
  readonly alias: string;
  readonly parent: ImageNode | undefined;
}

export interface LargeImage {
  readonly root: string;
  /** Parents before their children: the top, seven below it, all others below these. */
  readonly nodes: readonly ImageNode[];
}

export const LINKER = "/lib64/ld-linux-x86-64.so.2";
const MIDDLE = 7;
/** `ids` of the nodes' status: what follows from their paths may be the same for two of hundreds. */
const FIRST_IDS = 0x7000_0000;

const EXPORTS = `exports:
  - { mode: Restricted, mount: /usr, path: /usr }
  - { mode: Restricted, mount: /lib64, path: /lib64 }
  - { mode: Procfs, mount: /proc }
  - { mode: Devfs, mount: /dev }
  - { mode: Tmpfs, mount: /tmp }
  - { mode: Public, mount: /opt, path: /opt }
`;
const OWN = `  - { mode: Restricted, mount: /nodes/$NODE_ALIAS/usr, path: $NODE_PATH/usr }
  - { mode: Private, mount: /data, path: $NODE_PATH/data }
config:
  path: /nodes/$NODE_ALIAS/usr/bin
  ldpath: /nodes/$NODE_ALIAS/usr/lib
`;

/** Makes an image in `img` of a scratch directory. */
export async function largeImage(
  scratch: Scratch,
  size: { readonly nodes: number; readonly packages: number },
): Promise<LargeImage> {
  const root = `${scratch.path}/img`;
  const binary = (name: string, wish: Parameters<typeof elfBytes>[0]) => {
    scratch.file(`img${name}`, "", 0o755);
    Deno.writeFileSync(`${root}${name}`, elfBytes(wish));
  };
  binary(LINKER, { soname: "ld-linux-x86-64.so.2" });
  binary("/usr/lib/libc.so.6", { soname: "libc.so.6", versions: ["GLIBC_2.2.5", "GLIBC_2.34"] });
  for (const name of ["sh", "env"]) binary(`/usr/bin/${name}`, { interpreter: LINKER, needed: ["libc.so.6"] });
  Deno.mkdirSync(`${root}/opt/box`, { recursive: true });
  const nodes: ImageNode[] = [];
  for (let index = 0; index < size.nodes; index++) {
    const parent = index === 0 ? undefined : nodes[index <= MIDDLE ? 0 : 1 + index % MIDDLE];
    const alias = `n${index}`;
    const path = `${parent?.path ?? "/srv"}/${alias}`;
    scratch.node(`img${path}`, `${parent === undefined ? EXPORTS : "exports:\n"}${OWN}`);
    Deno.writeTextFileSync(`${root}${path}/.rednode.yaml`, `ids: ${FIRST_IDS + index * 65_536}\n`, { append: true });
    Deno.mkdirSync(`${root}${path}/data`);
    const node = { path, alias, parent };
    nodes.push(node);
    await putInstalled(root + path, packagesOf(node, size.packages));
  }
  return { root, nodes };
}

/** Half of the packages are libraries, each needed by a program, which needs one of the parent's as well. */
export function packagesOf({ alias, parent }: ImageNode, count: number): Package[] {
  return Array.from({ length: count }, (_, index): Package => {
    const name = `${alias}-p${index}`;
    const isLibrary = index % 2 === 0;
    const [library, own] = [`lib${alias}-p${index - 1}.so.1`, `lib${name}.so.1`];
    const above = parent && `${parent.alias}-p${index - 1}`;
    const needed = [library, ...above === undefined ? [] : [`lib${above}.so.1`], "libc.so.6"];
    const content = isLibrary
      ? elfBytes({ soname: own, needed: ["libc.so.6"], versions: ["V1"] })
      : elfBytes({ interpreter: LINKER, needed, wants: [{ library, version: "V1", weak: false }] });
    const text = (about: string) => ({ content: `${about} of ${name}\n` });
    return {
      name,
      version: "1",
      arch: "x86_64",
      ...isLibrary ? { provides: [`${own}()(64bit)`] } : {
        requires: [
          `${alias}-p${index - 1} >= 1`,
          `${library}()(64bit)`,
          ...above === undefined ? [] : [`(${above} or none)`, `${above} = 1-1`],
          `/usr/share/doc/${alias}-p${index - 1}/README`,
        ],
      },
      files: {
        [isLibrary ? `/usr/lib/${own}` : `/usr/bin/${name}`]: { content, mode: 0o755 },
        ...isLibrary
          ? { [`/usr/lib/lib${name}.so`]: { link: own } }
          : { [`/usr/bin/${name}-run`]: { content: `#!/usr/bin/sh\nexec ${name}\n`, mode: 0o755 } },
        [`/usr/share/doc/${name}`]: { directory: true },
        [`/usr/share/doc/${name}/README`]: text("description"),
        [`/usr/share/doc/${name}/COPYING`]: text("licence"),
        [`/etc/${name}.conf`]: { content: `name=${name}\n`, config: true },
      },
    };
  });
}
