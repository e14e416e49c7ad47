/** The same node launched by redpak and, by what `redpak plan --format bwrap` prints, by bubblewrap. */
import assert from "node:assert/strict";
import { exists, REDPAK, redpak } from "./_node.ts";
import { type Sight, sightOf } from "./_sight.ts";

interface Difference {
  readonly reason: string;
  /** Makes both sights the same in what is meant to differ; `own` is redpak's. */
  readonly level: (sight: Sight, own: Sight) => Partial<Sight>;
}

const lines = (texts: readonly string[], pattern: RegExp, replacement = "") =>
  texts.map((text) => text.replace(pattern, replacement));

/** Every difference that is meant. What is not in this table is the same. */
const DIFFERENCES: readonly Difference[] = [
  {
    reason: "bubblewrap's root is a directory of its tmpfs, redpak's is the tmpfs",
    level: ({ mounts }) => ({ mounts: lines(mounts, /^\/ \/newroot /, "/ / ") }),
  },
  {
    reason: "device nodes need not be executed: redpak binds them noexec",
    level: ({ mounts }) => ({
      mounts: lines(mounts, /^(\/\S*\/(?:null|zero|full|random|urandom|tty) \S+ \S+ rw,nosuid),noexec/, "$1"),
    }),
  },
  {
    reason: "what is written to a file system in memory cannot be executed in redpak's nodes",
    level: ({ mounts }) => ({ mounts: lines(mounts, /( \/ tmpfs rw,nosuid,nodev),noexec/, "$1") }),
  },
  {
    reason: "shared memory is a directory of bubblewrap's /dev, and a file system with a size of its own in redpak's",
    level: ({ mounts, files }) => ({
      mounts: mounts.filter((text) => !/^\/\S*\/shm \/ tmpfs /.test(text)),
      files: lines(files, /(\/shm) (?:40755|41777) $/, "$1 "),
    }),
  },
  {
    reason: "redpak makes more of a procfs read-only, and whether or not the launcher could write to it",
    level: ({ mounts }) => ({ mounts: mounts.filter((text) => !/^\/proc\/\S+ \/\S+ proc ro,/.test(text)) }),
  },
  {
    reason: "redpak hides what a procfs tells of the kernel and the machine",
    level: ({ mounts }) => ({ mounts: mounts.filter((text) => !/^\/proc\/\S+ \/null \S+ ro,/.test(text)) }),
  },
  {
    reason: "redpak mounts message queues nosuid, nodev, noexec",
    level: ({ mounts }) => ({ mounts: lines(mounts, /( mqueue rw),nosuid,nodev,noexec/, "$1") }),
  },
  {
    reason: "bubblewrap 0.8 closes the directories that it makes on the way to a bind or a link",
    level: ({ files }) => ({ files: lines(files, / 40700 $/, " 40755 ") }),
  },
  {
    reason: "without a user namespace of its own, bubblewrap leaves the bounding set as it is",
    level: ({ credentials, namespaces }) =>
      namespaces.includes("user: new") ? {} : { credentials: lines(credentials, /^CapBnd:.*/) },
  },
  {
    reason: "who is not root cannot share a user namespace with bubblewrap: it makes one, and limits the bounding set",
    level: ({ credentials, namespaces }, own) =>
      own.namespaces.includes("user: the host's") && !own.credentials.includes("Uid:\t0\t0\t0\t0")
        ? { idMaps: [], namespaces: lines(namespaces, /^user: .*/), credentials: lines(credentials, /^CapBnd:.*/) }
        : {},
  },
  {
    reason: "the shell that runs the script leaves its mark where the environment is inherited",
    level: ({ environment }) => ({ environment: environment.filter((text) => !/^(?:_|SHLVL|OLDPWD)=/.test(text)) }),
  },
];

/** What bubblewrap says where redpak can do more. */
const REFUSALS: readonly { readonly reason: string; readonly message: RegExp }[] = [
  {
    reason: "redpak's launcher mounts the message queues of the ipc namespace that is shared, bubblewrap only new ones",
    message: /^bwrap: Can't mount mqueue /,
  },
];

function comparable(sight: Sight, own: Sight): Sight {
  return DIFFERENCES.reduce((sight, { level }) => ({ ...sight, ...level(sight, own) }), sight);
}

export interface ComparisonOptions {
  /** Namespaces that count as joined, by what they are called. */
  readonly others?: readonly string[];
  /** The command that starts each of the launches. */
  readonly via?: readonly string[];
}

/** Why nothing can be compared here; undefined: it can. */
export const CANNOT_COMPARE = exists("/usr/bin/bwrap") ? undefined : "no bubblewrap here";

/**
 * Launches the probe, which the node has to export as `/probe`, in both ways and compares what it finds.
 *
 * @returns whether it was started; both ways must agree about that
 */
export async function compareWithBwrap(
  args: readonly string[],
  { others = [], via = [] }: ComparisonOptions = {},
): Promise<boolean> {
  const plan = redpak(["plan", ...args, "--format", "bwrap", "-q", "--", "/probe"]);
  const own = await sightOf([...via, REDPAK, "run", ...args, "-q", "--", "/probe"], others);
  if (plan.code !== 0) {
    assert.equal(typeof own, "string", `the plan is refused, and yet it runs: ${plan.stderr}`);
    return false;
  }
  const real = await sightOf([...via, "bash", "-c", plan.stdout], others);
  if (typeof real === "string" && REFUSALS.some(({ message }) => message.test(real))) return false;
  if (typeof own === "string" || typeof real === "string") {
    assert.equal(typeof own, typeof real, `${JSON.stringify({ own, real }, null, 2)}\n${plan.stdout}`);
    return false;
  }
  assert.deepEqual(comparable(own, own), comparable(real, own), plan.stdout);
  return true;
}
