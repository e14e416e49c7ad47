import { AT_FDCWD } from "../../../ffi/libc/constants.ts";
import { libc } from "../../../ffi/libc/libc.ts";
import { refuseReplaceable } from "../../store/trust.ts";
import type { Invocation } from "../invocation.ts";
import { sealNode } from "../seal_node.ts";
import { readLauncher } from "../sealed_launcher.ts";
import { writeLauncher } from "./seal.ts";

/**
 * `redpak reseal FILE [WORD…]`: what a launcher does that finds itself stale and was sealed with `--renew`. Seals it again as it
 * was sealed, and starts it.
 */
export async function reseal({ operands, environment }: Invocation<"reseal">): Promise<never> {
  const [file = "", ...words] = operands;
  // Who could put another file there could have the caller start anything.
  refuseReplaceable(file, Deno.uid() ?? 0);
  const { plan, sealed, architecture } = readLauncher(file);
  const exec = plan.operations.find((operation) => operation.operation === "exec");
  const detach = plan.operations.find((operation) => operation.operation === "detach");
  const { launcher } = await sealNode({
    path: plan.node,
    admin: plan.admin,
    detach: detach && { form: "text", log: detach.log },
    program: exec?.arguments ?? [],
    environment,
    evaluate: false,
    certified: false,
    renew: sealed.renew,
    architecture: architecture === "aarch64" ? "aarch64" : "x86_64",
  });
  writeLauncher(file, launcher);
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  libc().execveat(AT_FDCWD, file, [file, ...words], variables, 0);
  throw new Error("execveat returned without an error");
}
