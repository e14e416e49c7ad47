/** What `redpak verify` proves: each check by its id, which stays the same for good. */
export const CHECKS = {
  "V-CONFIG": {
    title: "every configuration is valid",
    why: "redpak refuses to start a node with a configuration that it does not understand, on the device as here",
    remedy:
      "correct the line that the finding names; redpak check NODE says the same of one node, and with --fix repairs what has one answer",
  },
  "V-TRUST": {
    title: "configurations belong to root, and nobody else can change them",
    why: "who can write a node's configuration decides what its programs may do; such a node is not started",
    remedy: "chown and chmod go-w what the finding names; in an image, who has unpacked it counts as root",
  },
  "V-DOLL": {
    title: "no node is less confined than its parents let it be",
    why: "a node that loosens what a parent restricts is not started",
    remedy:
      "tighten the child, at the first place that the finding names, or let the parent allow it; redpak explain NODE KEY says where a value comes from",
  },
  "V-POLICY": {
    title: "no node exceeds the policy of the device, /etc/redpak/policy.yaml",
    why: "a node that does is not started; without a policy that can be read and trusted, no node is",
    remedy: "tighten the node, or change the policy of the device: redpak help policy",
  },
  "V-COLLISION": {
    title: "no two nodes have a name or a range of ids in common",
    why: "nodes with the same alias are mistaken for each other; with the same ids each can touch the other's files",
    remedy: "give each node an alias of its own, and a range of its own in .rednode.yaml (ids)",
  },
  "V-ORDER": {
    title: 'nodes can be started in an order: "after" names nodes that there are, and no two wait for each other',
    why: "redpak unit writes nothing for nodes that wait for one that is not there, or for themselves",
    remedy: 'name in "after" what is there, and break the circle where nodes wait for each other',
  },
  "V-COMMAND": {
    title: "nothing depends on what a command prints on the device",
    why: "what $(…) and Execfd come to is known on the device only, so nothing that depends on it can be proven",
    remedy: "write the value itself, where it is always the same",
  },
  "V-SOURCE": {
    title: "everything that is exported is there, or will be made",
    why: "an export without its source stops the launch",
    remedy: "correct the path, put what it names into the image, or say optional: true where the node can do without",
  },
  "V-PLACE": {
    title: "there is a place for every mount",
    why: "nothing can be made in what is exported read-only, so that a mount there without a place stops the launch",
    remedy: "make the file or directory in what is exported, or mount it elsewhere",
  },
  "V-LINK": {
    title: "every program finds its interpreter and its libraries, in the versions that it needs",
    why:
      'the dynamic linker, which sees the node with its mounts and its LD_LIBRARY_PATH, would end the program with "not found"',
    remedy:
      "install what provides the file, in the node or an ancestor; or export the directory that it is in, and add that to ldpath",
  },
  "V-LIBRARY": {
    title: "libraries that no program of the node needs find theirs as well",
    why: "such a library is opened by a program itself, which may have loaded what is missing before, or may not",
    remedy: "as for V-LINK; where the program is known to have loaded what is missing, accept it: redpak help baseline",
  },
  "V-REQUIRES": {
    title: "everything that packages require is there, in the node or its ancestors, and nothing conflicts",
    why: "a package without what it requires does not work, and rpm would not have installed it",
    remedy:
      "install what is missing, in the node or an ancestor, or remove one of what conflicts; the host is an ancestor where the topmost node exports its /usr as /usr",
  },
  "V-DUPLICATE": {
    title: "no package is installed in a node and in an ancestor of it",
    why: "the copy in the node hides the parent's, whose updates then change nothing",
    remedy: "remove it from the node, which has the ancestor's: redpak remove",
  },
  "V-FILES": {
    title: "the files of packages are as their packages have brought them",
    why: "what was changed since, by whomever, is not what was built, tested and signed",
    remedy:
      "bring the file back with redpak reinstall; a configuration file that differs on purpose is for a baseline: redpak help baseline",
  },
  "V-UNOWNED": {
    title: "every program of a node comes from a package",
    why: "nothing says where such a file is from, and no update reaches it",
    remedy: "put the file into a package, or remove it",
  },
  "V-SHADOW": {
    title: "no package of a node has another version of an ancestor's file",
    why: "which of them a program gets depends on the order of directories, and updates of the ancestor change nothing",
    remedy: "remove one of the packages, or install both in one node, where rpm sees that they conflict",
  },
  "V-PRIVILEGE": {
    title: "no file of a node gives privileges, and none can be changed by everybody",
    why:
      "in nodes set-user-ID bits and capabilities of files have no effect, so whoever relies on them fails; outside of nodes everybody gets them",
    remedy:
      "take the bits or capabilities away in the package; what a program needs, config.capabilities gives to its node",
  },
  "V-LAUNCHER": {
    title: "sealed launchers do what the configuration says",
    why:
      "a launcher is the plan of the moment when it was sealed; a stale one starts nothing, or what nobody has proven",
    remedy: "seal the node again: redpak seal",
  },
  "V-CERTIFICATE": {
    title: "everything is as it was when it was proven: --certificate",
    why: "what was changed since then, nobody has proven",
    remedy: "find out who has changed it; what was meant to change, prove and sign anew: redpak certify",
  },
  "V-ASSERT": {
    title: "the project's own rules hold: --assert, --assertions",
    why:
      "what a node may read, write, run and reach is decided in many files; a rule says in one line what has to come of it",
    remedy: "change the node, or except it from the rule with but: redpak help assertions",
  },
} as const satisfies Record<string, Check>;

/** What `redpak verify` says of a check. */
export interface Check {
  /** What is true when there are no findings. */
  readonly title: string;
  /** What would happen otherwise. */
  readonly why: string;
  /** What to do about a finding, in general: each has hints of its own. */
  readonly remedy: string;
}

/** The id of a check, such as `V-LINK`: `redpak help V-LINK` explains it. */
export type CheckId = keyof typeof CHECKS;

/** The checks that an image goes through by itself. Whether it is what was certified, only a comparison says. */
export const IMAGE_CHECKS: readonly CheckId[] = (Object.keys(CHECKS) as CheckId[]).filter((id) =>
  id !== "V-CERTIFICATE"
);
