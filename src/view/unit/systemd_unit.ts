import type { Capability } from "../../plan/operation.ts";
import { type BootFile, type BootService, STOP_SECONDS } from "./boot_service.ts";
import { execWord, pathWord } from "./escape_unit.ts";

/** What a launch by root takes; programs of a node that has ids of its own have none of them. */
const LAUNCHING: readonly Capability[] = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_DAC_READ_SEARCH",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_KILL",
  "CAP_MAC_ADMIN",
  "CAP_MKNOD",
  "CAP_NET_ADMIN",
  "CAP_SETFCAP",
  "CAP_SETGID",
  "CAP_SETPCAP",
  "CAP_SETUID",
  "CAP_SYS_ADMIN",
  "CAP_SYS_CHROOT",
  "CAP_SYS_NICE",
  "CAP_SYS_PTRACE",
  "CAP_SYS_RESOURCE",
];

/**
 * The unit of a node's service, and that of its sockets if it has some: systemd.service(5), systemd.socket(5).
 *
 * What is set confines the launcher. The sandbox of the program is redpak's, and the same as by `redpak run`, so nothing is set
 * that the program would inherit (filters of system calls), or that would keep the launcher from making it (private mounts
 * over /proc and /sys, fewer namespaces, control groups that are read-only).
 */
export function systemdUnits(service: BootService): BootFile[] {
  const units = [{ name: `${service.name}.service`, text: serviceUnit(service), mode: 0o644 }];
  if (service.listen.length === 0) return units;
  return [...units, { name: `${service.name}.socket`, text: socketUnit(service), mode: 0o644 }];
}

function serviceUnit(service: BootService): string {
  const { node, name, description, command: [program, ...words], after, notify, listen, uid, watchdog } = service;
  const waits = after.map((other) => `${other}.service`).join(" ");
  return unit([
    "[Unit]",
    `Description=${description}`,
    `RequiresMountsFor=${pathWord(node)} ${pathWord(program)}`,
    ...waits === "" ? [] : [`Wants=${waits}`, `After=${waits}`],
    ...listen.length === 0 ? [] : [`Requires=${name}.socket`],
    "# Whatever ends it, it is started again.",
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    ...notify
      ? [
        "Type=notify",
        "# The program is not the process that systemd starts, but one of its control group.",
        "NotifyAccess=all",
      ]
      : ["Type=exec"],
    `ExecStart=${[pathWord(program), ...words.map(execWord)].join(" ")}`,
    "Restart=on-failure",
    "RestartSec=1",
    ...watchdog === undefined ? [] : [
      `WatchdogSec=${watchdog}`,
      "# SIGABRT would end the launcher, this one goes to the program.",
      "WatchdogSignal=SIGTERM",
    ],
    "# SIGTERM goes to the launcher, which passes it on; what is left after a while is killed as a whole.",
    "KillMode=mixed",
    "SuccessExitStatus=143",
    `TimeoutStopSec=${STOP_SECONDS}`,
    "# Limits are those of the node: redpak makes control groups below that of the service.",
    "Delegate=yes",
    "OOMPolicy=continue",
    "TasksMax=infinity",
    ...uid === 0 ? hardening(service) : [],
    "",
    "[Install]",
    `WantedBy=${uid === 0 ? "multi-user" : "default"}.target`,
  ], service);
}

/**
 * A user's launcher gets no privileges but by newuidmap(1), which `NoNewPrivileges=` would take away, and a user's manager has no
 * mounts of its own.
 */
function hardening({ capabilities, writesSystem }: BootService): string[] {
  const bounding = [...new Set([...LAUNCHING, ...capabilities])].sort();
  return [
    "# Of the launcher: the program has what its node gives it.",
    "NoNewPrivileges=yes",
    `CapabilityBoundingSet=${bounding.join(" ")}`,
    ...writesSystem ? [] : ["ProtectSystem=full"],
  ];
}

function socketUnit(service: BootService): string {
  const { node, description, listen } = service;
  return unit([
    "[Unit]",
    `Description=sockets of ${description}`,
    `RequiresMountsFor=${pathWord(node)}`,
    "",
    "[Socket]",
    "# In this order: descriptors 3 and following.",
    ...listen.map(({ stream, datagram }) =>
      stream === undefined ? `ListenDatagram=${datagram}` : `ListenStream=${stream}`
    ),
    "",
    "[Install]",
    "WantedBy=sockets.target",
  ], service);
}

function unit(lines: readonly string[], { node }: BootService): string {
  return [`# Written by redpak unit ${node}`, ...lines].join("\n") + "\n";
}
