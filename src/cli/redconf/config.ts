import { readInt } from "../../config/dialect_compat.ts";
import type { RedNode } from "../../config/node.ts";
import { type Option, OPTION_NUMBERS, type Scalars, type Sharing } from "../../config/schema.ts";
import { escapeText } from "../../core/escape.ts";
import { loadFamily } from "../../store/load_family.ts";
import { originalConfigYaml } from "../../view/original_config.ts";

/** `redconf config`: the files of a node and of each ancestor, the node first, as redpak 2.5 prints them. */
export async function configText(directory: string, yaml: boolean): Promise<string> {
  const family = await loadFamily(directory, { compat: true });
  return family.map((node) => yaml ? yamlText(node) : dumpText(node)).join("");
}

function yamlText({ path, normal }: RedNode): string {
  return `# REDNODE CONFIG ${path}\n${originalConfigYaml(normal.config, (key) => normal.written(["config", key]))}\n`;
}

/** C prints a text that there is not like this. */
const NULL = "(null)";

/** What redpak 2.5 keeps an option as. */
function optionNumber(value: Option = "Unset", written = ""): number {
  return readInt(written) ?? OPTION_NUMBERS.indexOf(value);
}

/** The odd quote and the second umask are part of the format: programs read this. */
function dumpText({ normal, status: { status } }: RedNode): string {
  const { headers, exports = [], config = {} } = normal.config;
  const scalars: Scalars = config;
  const umask = scalars.umask ?? NULL;
  const values: readonly (readonly [label: string, value: string | number])[] = [
    ["cachedir", scalars.cachedir ?? NULL],
    ["hostname", scalars.hostname ?? NULL],
    ["chdir", scalars.chdir ?? NULL],
    ["umask", umask],
    ["set-user", scalars["set-user"] ?? ""],
    ["set-group", scalars["set-group"] ?? ""],
    ["smack", scalars.smack ?? ""],
    ["verbose", scalars.verbose ?? 0],
    ["diewithparent", optionNumber(scalars["die-with-parent"], normal.written(["config", "die-with-parent"]))],
    ["umask", umask],
    ["newsession", scalars["new-session"] ?? "Unset"],
    ["share_all", sharingText(config.share_all)],
    ["share_user", sharingText(config.share_user)],
    ["share_cgroup", sharingText(config.share_cgroup)],
    ["share_ipc", sharingText(config.share_ipc)],
    ["share_pid", sharingText(config.share_pid)],
    ["share_net", sharingText(config.share_net)],
    ["share_time", sharingText(config.share_time)],
  ];
  const { alias, name = NULL, info = NULL } = headers;
  return [
    "---",
    `headers=> alias=${alias} name=${name} info='${info}'`,
    "config:",
    ...values.map(([label, value]) => `\t${label}: ${value}`),
    "exports:",
    ...exports.flatMap(({ mode, mount, path = NULL }, index) => [
      `  - [${index}] mode:  ${mode}`,
      `         mount: ${mount}`,
      `         path:  ${path}`,
    ]),
    "---",
    "",
    "---",
    `  state=${status.state}`,
    `  realpath=${status.realpath}`,
    `  timestamp=${status.timestamp}'`,
    `  info=${status.info ?? NULL}`,
    "---",
    "",
    "",
  ].map(visible).join("\n");
}

/** A text of the configuration moves no cursor. */
function visible(line: string): string {
  return line.startsWith("\t") ? `\t${escapeText(line.slice(1))}` : escapeText(line);
}

function sharingText(value: Sharing = "unset"): string {
  if (typeof value !== "string") return value.join;
  return value.charAt(0).toUpperCase() + value.slice(1);
}
