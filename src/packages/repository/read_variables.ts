import type { Family } from "../../config/node.ts";
import { readRegularFile } from "../../store/read_file.ts";
import type { TrustedReader } from "./trusted_file.ts";
import type { Variables } from "./variables.ts";

/** Where nodes have variables: a file for each, whose first line is its value. The first that has one counts. */
const DIRECTORIES = ["etc/dnf/vars", "etc/yum/vars"];

const OS_RELEASE = ["etc/os-release", "usr/lib/os-release"];

/** Names that other architectures go by in addresses, as dnf has it. */
const BASE_ARCHITECTURES: Readonly<Record<string, string>> = { i386: "i386", i486: "i386", i586: "i386", i686: "i386" };

/**
 * The variables of a node: its own, then its ancestors'; `arch`, `basearch`, and `releasever`, which is the version of the
 * system that its os-release describes, or an ancestor's, or that of this machine.
 *
 * @param architecture as uname(2) names it
 */
export function readVariables(family: Family, architecture: string, reader: TrustedReader): Variables {
  const variables = new Map<string, string>();
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined && !variables.has(name)) variables.set(name, value);
  };
  for (const { path } of family) {
    for (const directory of DIRECTORIES) {
      for (const name of reader.list(`${path}/${directory}`, path)) {
        if (!/^[A-Za-z0-9_]+$/.test(name)) continue;
        const file = reader.read(`${path}/${directory}/${name}`, path);
        if (file !== undefined) add(name, firstLine(file.bytes));
      }
    }
  }
  add("arch", architecture);
  add("basearch", BASE_ARCHITECTURES[architecture] ?? architecture);
  for (const { path } of family) {
    for (const name of OS_RELEASE) add("releasever", version(reader.read(`${path}/${name}`, path)?.bytes));
  }
  for (const name of OS_RELEASE) add("releasever", version(readRegularFile(`/${name}`)?.bytes));
  return variables;
}

function firstLine(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).split("\n", 1)[0]!.trim();
}

/** `VERSION_ID` of an os-release file, os-release(5). */
function version(bytes: Uint8Array | undefined): string | undefined {
  const text = new TextDecoder().decode(bytes);
  return /^VERSION_ID=(["']?)([A-Za-z0-9._-]+)\1\s*$/m.exec(text)?.[2];
}
