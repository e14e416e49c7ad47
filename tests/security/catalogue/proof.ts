/** A node of an image in which an attack is prepared, and what `redpak verify` has to say. */
export interface Proof {
  readonly check: `V-${string}`;
  /** The configuration after the headers, of the node or of one in it; lines of its own for each. */
  readonly parent?: string;
  readonly config?: string;
  /** In the place of the alias. */
  readonly alias?: string;
  /** Done to the node's directory: shell commands, with the image's root as `$root`. */
  readonly commands?: string;
}

/** Rows of the catalogue that the proof of an image is about, by their ids: the check, or why there is none. */
export const PROOFS: Readonly<Record<string, Proof | { readonly none: string }>> = {
  G01: { check: "V-DOLL", parent: "config:\n  share_net: disabled\n", config: "config:\n  share_net: enabled\n" },
  G02: {
    check: "V-DOLL",
    parent: "exports:\n  - { mode: Restricted, mount: /opt, path: /opt }\n",
    config: "exports:\n  - { mode: Public, mount: /opt/box, path: /opt/box }\n",
  },
  G03: {
    check: "V-DOLL",
    parent: "exports:\n  - { mode: Private, mount: /p, path: $NODE_PATH/p }\n",
    config: "exports:\n  - { mode: Restricted, mount: /q, path: /srv/top/p }\n",
  },
  G04: { check: "V-TRUST", commands: "chmod 775 ." },
  G05: { check: "V-CONFIG", alias: "../x" },
  G06: { check: "V-CONFIG", config: "config:\n  umask: 1.10\n" },
  G07: { check: "V-CONFIG", config: "config:\n  umask: 022\n  umask: 000\n" },
  G08: { check: "V-CONFIG", config: "environ: &a\n  - { key: A, value: *a }\n" },
  G09: { check: "V-CONFIG", config: "__proto__:\n  umask: 022\n" },
  G10: { check: "V-CONFIG", config: "config:\n  share_nett: disabled\n" },
  G11: {
    check: "V-DOLL",
    parent: "",
    config: "exports:\n  - { mode: Public, mount: /p, path: $NODE_PATH/../../../etc }\n",
  },
  G12: { check: "V-TRUST", commands: "chmod 666 etc/redpak.yaml" },
  G13: {
    none: "what a package brings, a transaction refuses in the place of a configuration; verify reads what counts",
  },
  G14: { check: "V-CONFIG", config: 'config:\n  cgroups:\n    mem: { max: "1\\n2" }\n' },
  G15: { check: "V-CONFIG", config: 'config:\n  hostname: "a\\0b"\n' },
  G16: { none: "verify has no such switch: what one launch is told on its command line is in no image" },
  G17: { check: "V-CONFIG", config: "config:\n  cgroups:\n    pids: { max: -1 }\n" },
  G18: { none: "configurations have no patterns" },
  G19: { none: "it is about what runs: V-CERTIFICATE and audit compare" },
  A18: { check: "V-CONFIG", config: "exports:\n  - { mode: Public, mount: /p, path: $NODE_PATH/.. }\n" },
  C15: { check: "V-CONFIG", config: "exports:\n  - { mode: Restricted, mount: /s, path: /sys }\n" },
  D18: { check: "V-COLLISION", commands: "echo 'ids: 1879048192' >> .rednode.yaml" },
  E14: { check: "V-CONFIG", config: "exports:\n  - { mode: PublicFile, mount: /d, path: /run/docker.sock }\n" },
  I01: { none: "it is about what has changed since: V-CERTIFICATE, tests/rpm/certificate_test" },
  I02: { none: "verify and run plan by the same module: there is nothing to compare in an image" },
  I12: { none: "an image does not say which kernel it will run on; doctor does, on the device" },
};
