import type { Position } from "../core/error.ts";
import type { Facts } from "./facts.ts";
import type { ConfigFile, Family, Locate, Part, RedNode } from "./node.ts";
import type { Config, Status } from "./schema.ts";

/** Facts of no machine in particular. */
export const FACTS: Facts = {
  architecture: "x86_64",
  kernel: "6.12.0",
  memory: 2 ** 30,
  env: {},
  uid: 1000,
  gid: 100,
  pid: 4242,
  cwd: "/",
  today: "01-Feb-2003 04:05 (UTC)",
  uuid: () => "00000000-0000-4000-8000-000000000000",
  cgroupMountPoint: "/sys/fs/cgroup",
  userId: (name) => name === "driver" ? { uid: 77, gid: 78 } : undefined,
  groupId: (name) => name === "can" ? 79 : undefined,
  terminal: false,
};

export interface NodeFixture {
  readonly path: string;
  readonly headers?: Partial<Config["headers"]>;
  readonly normal?: Omit<Config, "headers">;
  readonly admin?: Omit<Config, "headers">;
  readonly state?: Status["state"];
}

/** A node of hand-made files. Values stand in the line that their index names, in the column that their depth names. */
export function makeNode({ path, headers, normal, admin, state = "Enable" }: NodeFixture): RedNode {
  const alias = path.slice(path.lastIndexOf("/") + 1);
  const status = `${path}/.rednode.yaml`;
  const configFile = (part: Part, file: string, config: Omit<Config, "headers">): ConfigFile => ({
    part,
    file,
    config: { headers: { alias, ...headers }, ...config },
    locate: locateIn(file),
    written: () => undefined,
  });
  return {
    path,
    status: { file: status, status: { realpath: path, timestamp: 0, state }, locate: locateIn(status) },
    normal: configFile("normal", `${path}/etc/redpak.yaml`, normal ?? {}),
    admin: admin && configFile("admin", `${path}/etc/redpak-admin.yaml`, admin),
  };
}

/** A family of nodes, the leaf first. */
export function makeFamily(leaf: NodeFixture, ...ancestors: readonly NodeFixture[]): Family {
  return [makeNode(leaf), ...ancestors.map(makeNode)];
}

function locateIn(file: string): Locate {
  return (path): Position => ({
    file,
    line: Number(path.find((key) => typeof key === "number") ?? 0) + 1,
    column: path.length,
  });
}

/** A family of nodes one in the other, the leaf first, with these files. */
export function nestNodes(files: readonly Omit<NodeFixture, "path">[]): Family {
  const nodes = files.map((file, index): NodeFixture => ({ path: "/n".repeat(files.length - index), ...file }));
  const [leaf = { path: "/n" }, ...ancestors] = nodes;
  return makeFamily(leaf, ...ancestors);
}
