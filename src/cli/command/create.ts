import { escapeText } from "../../core/escape.ts";
import { baseName, normalizePath } from "../../core/path.ts";
import { createNode, type Creation, planCreation, type Template } from "../../store/create_node.ts";
import { ioError } from "../../store/io_error.ts";
import { readRegularFile } from "../../store/read_file.ts";
import type { Invocation, Output } from "../invocation.ts";
import { resolveNewNode } from "../resolve_node.ts";
import { usage } from "../split_words.ts";
import { TEMPLATES } from "../templates.ts";

/** `redpak create`. */
export async function create({ flags, operands, globals, environment }: Invocation<"create">): Promise<Output> {
  const path = resolveNewNode(operands[0] ?? "", globals.root);
  const author = environment.LOGNAME || environment.USER || "unknown";
  const now = new Date();
  const creation = await planCreation({
    path,
    alias: flags.alias ?? baseName(normalizePath(path.startsWith("/") ? path : `${Deno.cwd()}/${path}`)),
    info: `created by ${author} on ${now.toISOString()}`,
    ...findTemplates(flags.template ?? "leaf"),
    timestamp: now.getTime(),
    ownIds: true,
    uuid: () => crypto.randomUUID(),
  });
  if (!flags["dry-run"]) createNode(creation);
  return describe(creation, flags["dry-run"]);
}

function describe(creation: Creation, dryRun: boolean): Output {
  const { path, files, existing } = creation;
  const names = files.map(({ name }) => `${path}/${name}`);
  return {
    kind: "Change",
    data: { action: "create", node: path, dryRun, changed: true, existing, files: names },
    text: (style) =>
      dryRun
        ? [`would create ${escapeText(path)}`, ...names.map((name) => `would write ${escapeText(name)}`)].join("\n")
        : `created ${style.bold(escapeText(path))}`,
  };
}

/** @throws {RedpakError} `E_USAGE` where there is no such template */
function findTemplates(name: string): { normal: Template; admin?: Template } {
  if (Object.hasOwn(TEMPLATES, name)) {
    const { normal, admin } = TEMPLATES[name as keyof typeof TEMPLATES];
    return {
      normal: { file: `template ${name}-normal`, text: normal },
      admin: { file: `template ${name}-admin`, text: admin },
    };
  }
  const hint = `the templates are ${Object.keys(TEMPLATES).join(", ")}; a file is named by its path`;
  if (!name.includes("/") && !name.endsWith(".yaml")) {
    throw usage(`Cannot use template "${name}": there is no such template`, hint);
  }
  const file = readRegularFile(name);
  if (file === undefined) throw usage(`Cannot read template "${name}": no such file or directory (ENOENT)`, hint);
  try {
    return { normal: { file: name, text: new TextDecoder("utf-8", { fatal: true }).decode(file.bytes) } };
  } catch (error) {
    if (error instanceof TypeError) throw usage(`Cannot read template "${name}": it is not UTF-8 text`);
    throw ioError("read template", name, error);
  }
}
