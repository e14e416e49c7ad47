/** What `redpak verify` proves: each check by its id, which stays the same for good. */
export const CHECKS = {
  "V-CONFIG": {
    title: "every configuration is valid",
    why: "redpak refuses to start a node with a configuration that it does not understand, on the device as here",
  },
  "V-TRUST": {
    title: "configurations belong to root, and nobody else can change them",
    why: "who can write a node's configuration decides what its programs may do; such a node is not started",
  },
  "V-DOLL": {
    title: "no node is less confined than its parents let it be",
    why: "a node that loosens what a parent restricts is not started",
  },
  "V-POLICY": {
    title: "no node exceeds the policy of the device, /etc/redpak/policy.yaml",
    why: "a node that does is not started; without a policy that can be read and trusted, no node is",
  },
  "V-COLLISION": {
    title: "no two nodes have a name or a range of ids in common",
    why: "nodes with the same alias are mistaken for each other; with the same ids each can touch the other's files",
  },
  "V-ORDER": {
    title: "nodes can be started in an order: after names nodes that there are, and no two wait for each other",
    why: "redpak unit writes nothing for nodes that wait for one that is not there, or for themselves",
  },
  "V-COMMAND": {
    title: "nothing depends on what a command prints on the device",
    why: "what $(…) and Execfd come to is known on the device only, so nothing that depends on it can be proven",
  },
  "V-SOURCE": {
    title: "everything that is exported is there, or will be made",
    why: "an export without its source stops the launch",
  },
  "V-PLACE": {
    title: "there is a place for every mount",
    why: "nothing can be made in what is exported read-only, so that a mount there without a place stops the launch",
  },
  "V-LINK": {
    title: "every program finds its interpreter and its libraries, in the versions that it needs",
    why: 'the dynamic linker would end the program with "not found": in the node, with its mounts and LD_LIBRARY_PATH',
  },
  "V-LIBRARY": {
    title: "libraries that no program of the node needs find theirs as well",
    why: "such a library is opened by a program itself, which may have loaded what is missing before, or may not",
  },
  "V-REQUIRES": {
    title: "everything that packages require is there, in the node or its ancestors, and nothing conflicts",
    why:
      "a package without what it requires does not work, and rpm would not have installed it; the host is an ancestor where the topmost node exports its /usr as /usr",
  },
  "V-DUPLICATE": {
    title: "no package is installed in a node and in an ancestor of it",
    why: "the copy in the node hides the parent's, whose updates then change nothing",
  },
  "V-FILES": {
    title: "the files of packages are as their packages have brought them",
    why: "what was changed since, by whomever, is not what was built, tested and signed",
  },
  "V-UNOWNED": {
    title: "every program of a node comes from a package",
    why: "nothing says where such a file is from, and no update reaches it",
  },
  "V-SHADOW": {
    title: "no package of a node has another version of an ancestor's file",
    why: "which of them a program gets depends on the order of directories, and updates of the ancestor change nothing",
  },
  "V-PRIVILEGE": {
    title: "no file of a node gives privileges, and none can be changed by everybody",
    why:
      "in nodes set-user-ID bits and capabilities of files have no effect, so whoever relies on them fails; on the host they have one",
  },
  "V-LAUNCHER": {
    title: "sealed launchers do what the configuration says",
    why:
      "a launcher is the plan of the moment when it was sealed; a stale one starts nothing, or what nobody has proven",
  },
  "V-CERTIFICATE": {
    title: "everything is as it was when it was proven: --certificate",
    why: "what was changed since then, nobody has proven",
  },
  "V-ASSERT": {
    title: "the project's own rules hold: --assert, --assertions",
    why:
      "what a node may read, write, run and reach is decided in many files; a rule says in one line what has to come of it",
  },
} as const satisfies Record<string, Check>;

/** What `redpak verify` says of a check. */
export interface Check {
  /** What is true when there are no findings. */
  readonly title: string;
  /** What would happen otherwise. */
  readonly why: string;
}

/** The id of a check, such as `V-LINK`: `redpak help V-LINK` explains it. */
export type CheckId = keyof typeof CHECKS;
