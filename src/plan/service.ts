import { quote } from "../core/quote.ts";
import type { BuildContext } from "./build_context.ts";
import type { Operation } from "./operation.ts";

/**
 * What comes from a service manager that starts the node: how its program says that it is ready and alive, sd_notify(3), and the
 * sockets that were opened for it, sd_listen_fds(3).
 */

/** Variables by which it is told where to, and how often. WATCHDOG_PID would be the launcher, not the program. */
const NOTIFY_VARIABLES = ["NOTIFY_SOCKET", "WATCHDOG_USEC"];

/** Without LISTEN_PID, which the stage knows. */
const LISTEN_VARIABLES = ["LISTEN_FDS", "LISTEN_FDNAMES"];

/** Variables of the caller's that the program gets, whatever `environ` says of others. */
export function serviceVariables(context: BuildContext): readonly string[] {
  const { notify } = context.merged.service;
  const listens = context.request.sealed === true
    ? context.merged.service.listen.length > 0
    : countSockets(context) > 0;
  return [...notify?.value === true ? NOTIFY_VARIABLES : [], ...listens ? LISTEN_VARIABLES : []];
}

/**
 * The socket of systemd's manager, of the machine or of the user, at the path that NOTIFY_SOCKET has outside. What is sent to it
 * counts for the unit that the sender belongs to, so it gives power over nothing else.
 */
export function buildNotify({ merged, privileged, request }: BuildContext): Operation[] {
  const { notify } = merged.service;
  if (notify?.value !== true) return [];
  const path = privileged ? "/run/systemd/notify" : `/run/user/${request.facts.uid}/systemd/notify`;
  return [{
    operation: "bind",
    phase: privileged ? "host" : "init",
    origin: notify.where,
    source: { path },
    destination: path,
    options: ["ro", "nosuid", "nodev", "noexec"],
    // Where nobody asks for notifications there need not be one.
    optional: true,
    isFile: true,
    isDevice: false,
  }];
}

/** Descriptors from 3 on that were opened for the process that becomes this launch; 0 for a sealed launcher. */
export function countSockets({ merged: { service: { listen } }, request: { facts, sealed } }: BuildContext): number {
  const { LISTEN_PID: pid, LISTEN_FDS: count = "" } = facts.env;
  if (sealed === true || listen.length === 0 || pid !== String(facts.pid)) return 0;
  return /^[0-9]{1,4}$/.test(count) ? Number(count) : 0;
}

/** Notes that the caller has opened others than `listen` names. */
export function refuseSockets(context: BuildContext): void {
  const { merged: { leaf, service: { listen } }, problems } = context;
  const count = countSockets(context);
  if (count <= listen.length) return;
  problems.push({
    code: "E_LISTEN",
    message: `Cannot pass ${count} sockets to ${quote(leaf.path)}: listen has ${listen.length}`,
    where: listen[0]?.where,
    hints: [`redpak unit ${leaf.path} writes a unit that opens what listen has`],
  });
}
