import { quote } from "../core/quote.ts";
import type { BuildContext } from "./build_context.ts";
import type { Operation } from "./operation.ts";

/** Security modules that give processes a label, by the key of `config` that asks for one. */
export const LABELS = {
  /** Documentation/admin-guide/LSM/Smack.rst of the kernel. */
  smack: {
    module: "Smack",
    noun: "Smack label",
    /** No comma: options of mount(2) are separated by it, and a label is one. */
    pattern: /^(?!-)(?!.*[,/"'\\~])[!-~]{1,255}$/,
    form: "a label has 1 to 255 visible ASCII characters without , / ~ \\ and quotes, and begins with no -",
  },
  /** The level may contain colons, as in `s0:c1,c2`. */
  selinux: {
    module: "SELinux",
    noun: "SELinux context",
    pattern: /^(?=.{1,255}$)(?:[!-9;-~]+:){3}[!-~]+$/,
    form: "a context is USER:ROLE:TYPE:LEVEL, as in system_u:system_r:node_t:s0",
  },
  /**
   * What the kernel takes as the name of one profile, be it of a namespace of policies (`:NAMESPACE:NAME`): it cuts off
   * spaces at both ends, and takes `//&` for several profiles at once.
   */
  apparmor: {
    module: "AppArmor",
    noun: "AppArmor profile",
    pattern: /^(?!(?::[^:]+:(?:\/\/)?)?unconfined$)(?!.*\/\/&)(?=.{1,255}$)(?::[!-9;-~]+:)?[!-9;-~](?:[ -~]*[!-~])?$/,
    form: "a profile has a name of at most 255 ASCII characters, no spaces around it; leave it out for none",
  },
} as const;

export type LabelKey = keyof typeof LABELS;

/**
 * Gives the launcher the label of `smack`, so that the node's files and processes have it: only who is privileged on the
 * host may change it. Nothing where no file asks for one.
 */
export function buildSmack(context: BuildContext): Operation[] {
  const { merged: { scalars: { smack } }, request } = context;
  if (smack === undefined) return [];
  const { value: label, where } = smack;
  checkLabel("smack", context);
  if (request.facts.uid !== 0) {
    context.refuseUser(
      `Cannot apply the Smack label ${quote(label)}: only root can change its label`,
      where,
      "run redpak as root, or leave the label out",
    );
  }
  return [{ operation: "smack", phase: "host", origin: where, label }];
}

/** Gives the program the labels of `selinux` and `apparmor`. */
export function buildExecLabels(context: BuildContext): Operation[] {
  return (["selinux", "apparmor"] as const).flatMap((module): Operation[] => {
    const sourced = context.merged.scalars[module];
    if (sourced === undefined) return [];
    checkLabel(module, context);
    return [{ operation: "exec-label", phase: "init", origin: sourced.where, module, label: sourced.value }];
  });
}

function checkLabel(key: LabelKey, { merged: { scalars }, problems }: BuildContext): void {
  const { noun, pattern, form } = LABELS[key];
  const { value = "", where } = scalars[key] ?? {};
  if (pattern.test(value)) return;
  problems.push({
    code: "E_LABEL_INVALID",
    message: `Cannot apply the ${noun} ${quote(value)}: it is none`,
    where,
    hints: [form],
  });
}
