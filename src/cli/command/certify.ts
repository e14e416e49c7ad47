import configuration from "../../../deno.json" with { type: "json" };
import { RedpakError } from "../../core/error.ts";
import { EXIT } from "../../core/exit_code.ts";
import { resolvePath } from "../../core/path.ts";
import { seal } from "../../proof/certificate/envelope.ts";
import { readSigningKey } from "../../proof/certificate/keys.ts";
import { PAYLOAD, statementOf } from "../../proof/certificate/statement.ts";
import { IMAGE_CHECKS } from "../../proof/verify/checks.ts";
import { realDirectory } from "../../store/node_path.ts";
import { readNamedText } from "../../store/read_file.ts";
import { presentIn } from "../certificate.ts";
import type { Invocation, Output } from "../invocation.ts";
import { forbidChangesBut, OutputFile } from "../output_file.ts";
import { usage } from "../split_words.ts";
import { startFileCheck } from "../file_check_worker.ts";
import { verifyImage } from "../verify_image.ts";

/** `redpak certify`: proves an image, and signs what was proven over what. */
export async function certify({ flags, operands }: Invocation<"certify">): Promise<Output> {
  const { key: keyFile, output } = flags;
  if (keyFile === undefined || output === undefined) throw usage("Cannot certify: --key and --output are needed");
  const root = realDirectory(operands[0] ?? "");
  const path = resolvePath(Deno.cwd(), output);
  using file = flags["dry-run"] ? undefined : new OutputFile(path);
  forbidChangesBut(file);
  const { key, id } = await readSigningKey(readNamedText(keyFile), keyFile);
  const { left, accepted, image, nodes, facts, assertions, warnings } = await verifyImage(
    root,
    flags,
    startFileCheck(),
  );
  if (left.length > 0) {
    throw new RedpakError({
      code: "E_NOT_PROVEN",
      exit: EXIT.failed,
      message: `Cannot certify "${root}": it is not proven, there are ${left.length} finding(s)`,
      hints: [`redpak verify ${root} shows them`],
      problems: left,
    });
  }
  const { subject, nodes: present } = await presentIn(image, nodes);
  const statement = statementOf(subject, {
    version: configuration.version,
    time: new Date().toISOString(),
    architecture: facts.architecture,
    admin: flags.admin,
    checks: IMAGE_CHECKS,
    rules: assertions.map(({ text }) => text),
    nodes: present,
    accepted: accepted.map(({ check, node, reason, until }) => ({ check, node, reason, until })),
  });
  if (file !== undefined) {
    const envelope = await seal(JSON.stringify(statement), PAYLOAD, key, id);
    file.write(`${JSON.stringify(envelope)}\n`);
  }
  const done = `${
    flags["dry-run"] ? "would certify" : "certified"
  } ${present.length} node(s), ${subject.length} file(s)`;
  return {
    kind: "Certification",
    data: { root, file: path, key: id, nodes: present.length, files: subject.length },
    text: () => `${done}: ${path}`,
    warnings,
  };
}
