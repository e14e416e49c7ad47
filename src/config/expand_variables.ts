import type { Facts } from "./facts.ts";
import type { RedNode } from "./node.ts";
import type { Config } from "./schema.ts";

/** Whose variables count: `node` holds the text that is expanded, `leaf` is the node that is asked for. */
export interface VariableContext {
  readonly node: RedNode;
  readonly leaf: RedNode;
  readonly facts: Facts;
  /** Names the place of the variable that is looked up, the same at each merge of the same files. */
  readonly occurrence: () => string;
  /** The paths of ancestors end with a slash, as redpak 2.5 has them. */
  readonly compat?: boolean;
}

/**
 * What stands for a variable. Text that somebody wrote (a header, the environment) may hold variables itself; what
 * redpak found out (paths, ids) is final, so that a directory called `$x` stays one.
 */
export interface Variable {
  readonly text: string;
  readonly final: boolean;
}

type Lookup = (context: VariableContext, name: string) => Variable;

const final = (text: string): Variable => ({ text, final: true });
const written = (text: string): Variable => ({ text, final: false });

/** Only the normal file's headers name a node; those of the admin file never do. */
function header(of: "node" | "leaf", field: keyof Config["headers"]): Lookup {
  return (context, name) => {
    const text = context[of].normal.config.headers[field];
    return text === undefined ? final(`#undef:${name}`) : written(text);
  };
}

function nodePath({ node, leaf, compat = false }: VariableContext): string {
  return compat && node !== leaf ? `${node.path}/` : node.path;
}

function nodeFile(relative: string): Lookup {
  return (context) => final(`${context.node.path === "/" ? "" : nodePath(context)}/${relative}`);
}

function environment({ facts }: VariableContext, name: string): Variable | undefined {
  const text = Object.hasOwn(facts.env, name) ? facts.env[name] : undefined;
  return text === undefined ? undefined : written(text);
}

function environmentOr(otherwise: Variable): Lookup {
  return (context, name) => environment(context, name) ?? otherwise;
}

/** Names are case-sensitive. The environment changes only those that say so. */
const PREDEFINED: ReadonlyMap<string, Lookup> = new Map<string, Lookup>([
  ["NODE_ALIAS", header("node", "alias")],
  ["NODE_NAME", header("node", "name")],
  ["NODE_INFO", header("node", "info")],
  ["NODE_PATH", (context) => final(nodePath(context))],
  ["LEAF_ALIAS", header("leaf", "alias")],
  ["LEAF_NAME", header("leaf", "name")],
  ["LEAF_INFO", header("leaf", "info")],
  ["LEAF_PATH", ({ leaf }) => final(leaf.path)],
  ["UID", ({ facts }) => final(String(facts.uid))],
  ["GID", ({ facts }) => final(String(facts.gid))],
  ["PID", ({ facts }) => final(String(facts.pid))],
  ["TODAY", ({ facts }) => final(facts.today)],
  ["UUID", ({ facts, occurrence }) => final(facts.uuid(occurrence()))],
  ["HOSTNAME", environmentOr(final("localhost"))],
  ["USER", environmentOr(final("Unknown"))],
  ["LOGNAME", environmentOr(final("Unknown"))],
  ["REDPESK_VERSION", environmentOr(final("agl-redpesk9"))],
  ["NODE_PREFIX", environmentOr(final(""))],
  ["redpak_MAIN", environmentOr(written("$NODE_PREFIX/etc/redpak/main.yaml"))],
  ["redpak_TMPL", environmentOr(written("$NODE_PREFIX/etc/redpak/templates.d"))],
  ["REDNODE_CONF", nodeFile("etc/redpak.yaml")],
  ["REDNODE_ADMIN", nodeFile("etc/redpak-admin.yaml")],
  ["REDNODE_STATUS", nodeFile(".rednode.yaml")],
  ["REDNODE_VARDIR", nodeFile("var/rpm/lib")],
  ["REDNODE_REPODIR", nodeFile("etc/yum.repos.d")],
  ["REDNODE_LOCK", nodeFile(".rpm.lock")],
  [
    "CGROUPS_MOUNT_POINT",
    (context, name) => environment(context, name) ?? final(context.facts.cgroupMountPoint),
  ],
]);

/** The value of `$name`: predefined, else from the environment, else empty. */
export function lookUpVariable(name: string, context: VariableContext): Variable {
  return PREDEFINED.get(name)?.(context, name) ?? environment(context, name) ?? final("");
}
