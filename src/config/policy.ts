import * as z from "zod/mini";
import { type Position, type Problem, RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { normalizePath } from "../core/path.ts";
import { quote } from "../core/quote.ts";
import { STRICT } from "./dialect.ts";
import type { Locate, Profile } from "./node.ts";
import { parseAs } from "./parse.ts";
import { BIND_MODES, schemasOf } from "./schema.ts";
import { keyword, optionalText, shown, text, written } from "./schema_parts.ts";

/**
 * The schema of the host policy: what no node of the machine may exceed. It has the keys of a node's configuration that
 * limit something, and no others, so that nobody relies on a limit that is none.
 *
 * A module of its own: a machine without a policy does not build it.
 */

/** Modes that show something of the host or of the kernel, and one for what an entry above is not meant to show. */
const GRANTED = ["Procfs", "Devfs", "Mqueue", "Tmpfs", ...BIND_MODES] as const;

/** Variables would come from the environment of the user who is to be limited. */
const hostPath = shown(
  written((value, refuse) => {
    const isPlain = value.startsWith("/") && !value.includes("$") && !value.split("/").includes("..");
    return isPlain ? normalizePath(value) : refuse('expected an absolute path without variables and ".."');
  }),
  { type: "string", pattern: "^/[^$]*$" },
);

const grant = z.strictObject({
  mode: keyword(GRANTED),
  mount: hostPath,
  path: z.optional(hostPath),
  info: optionalText,
});

const settings = z.pick(schemasOf(STRICT).config, {
  share_all: true,
  share_user: true,
  share_cgroup: true,
  share_net: true,
  share_pid: true,
  share_ipc: true,
  share_time: true,
  capabilities: true,
  "set-user": true,
  "set-group": true,
  smack: true,
  profile: true,
  selinux: true,
  apparmor: true,
  "die-with-parent": true,
  "new-session": true,
  "inherit-env": true,
  gpgcheck: true,
  seccomp: true,
  unsafe: true,
  landlock: true,
  "landlock-abi": true,
  "oom-score": true,
  "tmpfs-size": true,
  "tmpfs-exec": true,
  proc: true,
  devices: true,
  network: true,
  rlimits: true,
}).check(z.superRefine((given, context) => {
  if (given["set-group"] === undefined || given["set-user"] !== undefined) return;
  context.addIssue({ code: "custom", message: `set-group needs a "set-user"`, params: { missing: "set-user" } });
}));

/** `/etc/redpak/policy.yaml`. */
export const policySchema = z.strictObject({
  limits: z.optional(z.strictObject({
    exports: z.optional(z.array(grant).check(z.maxLength(512))),
    config: z.optional(settings),
  })),
  commands: z.optional(keyword(["allow", "forbid"])),
  owners: z.optional(z.array(text)),
  certificate: z.optional(z.strictObject({ file: hostPath, "public-key": hostPath })),
});
export type Policy = z.output<typeof policySchema>;

export interface PolicyFile {
  readonly file: string;
  readonly policy: Policy;
  readonly locate: Locate;
  /** What `limits.config.profile` names, where it does. */
  readonly profile?: Profile | undefined;
}

/** Reads the host policy; see `parseConfig`. It knows no compatibility. */
export async function parsePolicy(input: string | Uint8Array, file: string): Promise<PolicyFile> {
  const { value, locate } = await parseAs(policySchema, input, file);
  return { file, policy: value, locate };
}

/** Where the policy forbids commands in configurations, if it does. */
export function forbiddenCommands({ policy, locate }: PolicyFile): Position | undefined {
  return policy.commands === "forbid" ? locate(["commands"]) : undefined;
}

/** @throws {RedpakError} `E_POLICY_INVALID` where there are problems: a policy that is half understood limits nobody */
export function refusePolicy(file: string, problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  throw new RedpakError({
    code: "E_POLICY_INVALID",
    message: `Cannot use the host policy ${quote(file)}: ${problems.length} problem${problems.length === 1 ? "" : "s"}`,
    where: problems[0]?.where,
    exit: EXIT.configuration,
    problems,
  });
}
