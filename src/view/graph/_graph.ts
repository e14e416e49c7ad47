import { type CheckId, CHECKS, IMAGE_CHECKS } from "../../proof/verify/checks.ts";
import type { Graph, GraphFinding, GraphMount, GraphNode } from "./graph.ts";

/** Names that would be something else than text to who takes them for markup, for lines or for a direction. */
export const HOSTILE = [
  `</script><script>document.title="owned"</script>`,
  `<!--<script>`,
  `"onfocus="document.title='owned'" autofocus x='`,
  `<img src=x onerror=document.title="owned">`,
  `\u202egnp.exe\u2066`,
  `line\nbreak\ttab\r`,
  `&lt;b&gt;&#0;&amp;`,
  `\u001b]0;owned\u0007`,
  `]]>]]&gt;<![CDATA[`,
  `\ud800 \ufffe \u0000`,
  `javascript:document.title="owned"`,
  `${"very-long-".repeat(40)}end`,
  `地図案内`,
  `__proto__`,
] as const;

const FILE = "etc/redpak.yaml";

/** A family of nodes, each with something of everything; the same for the same number. */
export function exampleGraph(size: number, { hostile = false, root = "/srv/rootfs" } = {}): Graph {
  const text = (at: number, harmless: string) => hostile ? HOSTILE[at % HOSTILE.length]! : harmless;
  const paths: string[] = ["/nodes/top"];
  for (let at = 1; at < size; at++) {
    // Seven children each, so that a tree of hundreds has four levels.
    const above = paths[Math.floor((at - 1) / 7)]!;
    paths.push(`${above}/${hostile ? text(at, "").replaceAll("/", "|") : `unit-${at}`}${hostile ? at : ""}`);
  }
  const order = [...paths.keys()].sort((one, other) => compareAsTree(paths[one]!, paths[other]!));
  const mounts: GraphMount[] = [];
  const own = new Map<string, number[]>();
  const nodes = order.map((at, place): GraphNode => {
    const path = paths[at]!;
    const parent = at === 0 ? null : paths[Math.floor((at - 1) / 7)]!;
    const where = { file: `${root}${path}/${FILE}`, line: 6, column: 5 };
    own.set(path, [
      mounts.push({
        destination: `/opt/${text(at, `unit-${at}`)}`,
        kind: "bind",
        source: `${path}/usr`,
        owner: path,
        options: ["ro", "nosuid", "nodev"],
        size: null,
        optional: false,
        where,
        by: path,
      }) - 1,
      ...at === 0 ? usualMounts(mounts, path, where) : [],
    ]);
    const seen = paths.filter((other) => path === other || path.startsWith(`${other}/`));
    return {
      path,
      parent,
      alias: at % 11 === 10 ? null : text(at + 1, `unit-${at}`),
      info: text(at + 2, `Function ${at} of the vehicle`),
      state: at % 11 === 10 ? null : at % 9 === 8 ? "Disable" : "Enable",
      mounts: seen.flatMap((other) => own.get(other)!),
      limits: [
        { name: "memory.max", value: "128 MiB", by: path, where },
        { name: "pids.max", value: "512", by: null, where: null },
      ],
      isolation: at % 11 === 10 ? null : {
        devices: [{ path: `/dev/${text(at + 3, "ttyUSB0")}`, access: "rw" }],
        network: at % 2 === 0
          ? { kind: "shared", bind: [80], connect: null }
          : { kind: "own", bind: null, connect: null },
        shared: ["uts"],
        capabilities: at % 5 === 0 ? ["CAP_NET_BIND_SERVICE"] : [],
        seccomp: "default",
        isRoot: false,
      },
      packages: at % 4 === 3 ? null : Array.from({ length: at % 4 === 0 ? 20 : 2 }, (_, number) => ({
        label: text(number, `package-${number}-1.${at}-1.x86_64`),
        files: number + 1,
        bytes: 1000 * (number + 1) ** 3,
      })),
      bytes: { own: 9_000 * (at % 4 + 1), inherited: 40_000 * Math.min(at, 3), duplicated: 3_000 },
      inherited: parent === null ? [] : [{ node: parent, packages: 2, bytes: 40_000 }],
      users: place % 3,
      running: at % 6 !== 0 ? [] : [{
        id: `unit-${at}-4711`,
        source: "cgroup",
        cpuSeconds: 12.345,
        memoryBytes: 12_345_678,
        processes: 3,
        readBytes: 4096,
        writtenBytes: null,
        pressure: { cpu: 0.5, memory: 0, io: null },
      }],
    };
  });
  const findings = nodes.flatMap(({ path }, at): GraphFinding[] =>
    at % 5 !== 2 ? [] : [
      finding("V-SOURCE", path, text(at, `Cannot export "/etc/missing-${at}": it is not there`), root),
      {
        ...finding("V-PRIVILEGE", path, text(at + 1, `Directory "/usr/share/open" can be changed by everybody`), root),
        severity: "warning",
      },
    ]
  );
  return {
    root,
    node: null,
    proven: findings.length === 0,
    observedAt: "2030-01-02T03:04:05.678Z",
    totals: { stored: 6_900_000, shared: 1_300_000, duplicated: 1_790_000 },
    nodes,
    mounts,
    checks: IMAGE_CHECKS.map((id) => ({
      id,
      title: CHECKS[id].title,
      why: CHECKS[id].why,
      findings: findings.filter(({ check }) => check === id).length,
    })),
    findings,
    accepted: findings.slice(0, 1).map((one) => ({
      ...one,
      reason: text(3, "until the next release"),
      until: "2031-01-01",
    })),
    duplicates: nodes.length < 3 ? [] : [
      {
        label: text(0, "package-0-1.0-1.x86_64"),
        bytes: 1000,
        nodes: nodes.slice(1, 3).map(({ path }) => path),
        common: "/nodes/top",
      },
    ],
  };
}

function finding(check: CheckId, node: string, message: string, root: string): GraphFinding {
  const where = { file: `${root}${node}/${FILE}`, line: 8, column: 5 };
  return { check, severity: "error", node, code: "E_VERIFY_SOURCE", message, where, limit: null, hints: [message] };
}

function usualMounts(mounts: GraphMount[], by: string, where: GraphMount["where"]): number[] {
  const common = { owner: null, options: [], size: null, optional: false, where, by } as const;
  return [
    { ...common, destination: "/usr", kind: "bind", source: "/usr", options: ["ro", "nosuid", "nodev"] as const },
    { ...common, destination: "/tmp", kind: "tmpfs", source: null, options: ["noexec"] as const, size: 2 ** 26 },
    { ...common, destination: "/dev/stdin", kind: "symlink", source: "/proc/self/fd/0", where: null, by: null },
  ].map((mount, at) => mounts.push({ ...mount, where: mount.where && { ...mount.where, line: 10 + at } }) - 1);
}

function compareAsTree(one: string, other: string): number {
  const [a, b] = [one.split("/"), other.split("/")];
  const at = a.findIndex((part, index) => part !== b[index]);
  return at < 0 ? -1 : b[at] === undefined ? 1 : a[at]! < b[at] ? -1 : 1;
}
