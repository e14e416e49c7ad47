import type { CommandRow } from "./command_row.ts";
import { admin, dryRun, publicKey } from "./command_words.ts";

/** The commands for a whole image, before it is on a device. */
export const IMAGE_COMMANDS = {
  verify: {
    brief: "prove an image: everything that its nodes need is there and fits together, before it is flashed",
    usage:
      "DIR [--admin] [--assert RULE] [--assertions FILE] [--baseline FILE] [--arch ARCH] [--isolation | --format FORMAT | --certificate FILE --public-key KEY [--files]]",
    examples: [
      ["verify /srv/rootfs --admin", "a root file system, as an ordinary user, in CI"],
      ["verify / --format sarif", "the machine itself; for programs that show findings in the code"],
      ["verify /srv/rootfs --assertions rules.txt", "with rules of a project: redpak help assertions"],
    ],
    operands: { least: 1, most: 1, missing: "the DIR that is / on the device" },
    flags: {
      admin,
      assert: { brief: "a rule that has to hold as well", value: "RULE" },
      assertions: { brief: "a file of rules, one in each line", value: "FILE" },
      baseline: { brief: "a file of findings that are accepted for a time: redpak help baseline", value: "FILE" },
      isolation: { brief: "print what each node can do instead of what is proven" },
      certificate: { brief: "only compare with what was certified", value: "FILE" },
      files: { brief: "with --certificate: look at every file of the nodes, too" },
      "public-key": publicKey,
      arch: { brief: "machine of the device (default: this one's)", choices: ["x86_64", "aarch64"] },
      format: { brief: "text (default), sarif or junit", choices: ["text", "sarif", "junit"] },
    },
  },
  certify: {
    brief: "prove an image, and sign what was proven, for the device to compare with",
    usage:
      "DIR --output FILE --key KEY [--admin] [--assert RULE] [--assertions FILE] [--baseline FILE] [--arch ARCH] [--dry-run]",
    examples: [
      ["certify rootfs --output rootfs/etc/redpak/certificate --key ci.pem", "in CI"],
      [
        "certify rootfs --output rootfs.cert --key ci.pem --assertions rules.txt",
        "redpak verify --certificate compares",
      ],
    ],
    operands: { least: 1, most: 1, missing: "the DIR that is / on the device" },
    flags: {
      output: { brief: "-o: where the certificate is written", short: "o", value: "FILE" },
      key: { brief: "private key that signs it: PEM, Ed25519", value: "KEY" },
      admin,
      assert: { brief: "a rule that has to hold as well", value: "RULE" },
      assertions: { brief: "a file of rules, one in each line", value: "FILE" },
      baseline: { brief: "a file of findings that are accepted for a time: redpak help baseline", value: "FILE" },
      arch: { brief: "machine of the device (default: this one's)", choices: ["x86_64", "aarch64"] },
      "dry-run": dryRun,
    },
  },
  sbom: {
    brief: "list what an image or a node is made of, as a bill of materials: CycloneDX 1.6 or SPDX 2.3",
    usage: "DIR|NODE [NODE] [--format cyclonedx|spdx] [--output FILE]",
    examples: [
      ["sbom /srv/rootfs --output rootfs.cdx.json", "a root file system: its own packages, and those of all nodes"],
      ["sbom /srv/rootfs nav --format spdx", "a node of it: its packages, and what they depend on"],
      ["sbom /srv/nodes/nav", "a node of this machine"],
    ],
    operands: { least: 1, most: 2, missing: "the NODE, or the DIR that is / on the device," },
    flags: {
      format: { brief: "cyclonedx (default) or spdx", choices: ["cyclonedx", "spdx"] },
      output: { brief: "-o: where it is written (default: standard output)", short: "o", value: "FILE" },
    },
  },
  graph: {
    brief: "draw the nodes of an image or a family: what each sees, shares, may and lacks, in one HTML or SVG file",
    usage: "NODE|DIR [--output FILE] [--format html|svg] [--admin] [--assertions FILE] [--baseline FILE] [--arch ARCH]",
    examples: [
      ["graph /srv/rootfs -o image.html", "of an image, with what redpak verify finds in it"],
      ["graph /srv/nodes/nav -o nodes.svg", "of a node's family, with what runs; as a picture for a document"],
    ],
    operands: { least: 1, most: 1, missing: "the DIR that is / on the device, or a NODE" },
    flags: {
      output: { brief: "-o: where it is written (default: standard output)", short: "o", value: "FILE" },
      format: { brief: "html or svg (default: as FILE ends, else html)", choices: ["html", "svg"] },
      admin,
      assertions: { brief: "a file of rules that have to hold as well, one in each line", value: "FILE" },
      baseline: { brief: "a file of findings that are accepted for a time: redpak help baseline", value: "FILE" },
      arch: { brief: "machine of the device (default: this one's)", choices: ["x86_64", "aarch64"] },
    },
  },
} as const satisfies Record<string, CommandRow>;
