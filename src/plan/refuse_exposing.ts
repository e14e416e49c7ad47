import type { MergedExport } from "../config/merged.ts";
import { guardOwnFiles } from "../config/own_files.ts";
import { BIND_MODES, READ_ONLY_MODES } from "../config/schema.ts";
import type { Family } from "../config/node.ts";
import { isWithin, normalizePath } from "../core/path.ts";
import { quote } from "../core/quote.ts";
import type { BuildContext } from "./build_context.ts";

/**
 * What gives power over the host to who sees it: the kernel's interfaces, whatever else is mounted in them, and sockets
 * whose other end does as it is told.
 */
const POWERFUL = [
  "/proc",
  "/sys",
  "/dev",
  "/run/containerd/containerd.sock",
  "/run/dbus/system_bus_socket",
  "/run/docker.sock",
  "/run/libvirt/libvirt-sock",
  "/run/podman/podman.sock",
  "/run/redpak",
  "/run/systemd/private",
] as const;

/** What holds nodes, as long as they cannot write it. */
const HOLDING = ["/etc/redpak"] as const;

interface Objection {
  readonly code: "EXPORT_UNSAFE" | "EXPORT_OWN_CONFIG";
  readonly reason: string;
  readonly hint: string;
}

/**
 * Notes exports by which programs of the node get power over the host, or over what confines them, where nobody said
 * `unsafe`. It is a guard against mistakes, by the text of the source: who writes a configuration may export any of them
 * with that one word.
 */
export function refuseExposing(context: BuildContext): void {
  const { merged: { exports, scalars, family }, request, problems, warnings } = context;
  if (scalars.unsafe?.value === true) return;
  for (const { value, where } of exports) {
    if (!BIND_MODES.includes(value.mode) || !value.path.startsWith("/") || context.isPending(value.path)) continue;
    const objection = exposes(value) ?? loosens(value, family);
    if (objection === undefined) continue;
    const noted = request.compat ? warnings : problems;
    noted.push({
      code: `${request.compat ? "W" : "E"}_${objection.code}`,
      message: `${request.compat ? "Export of" : "Cannot export"} ${quote(value.path)}${
        objection.code === "EXPORT_OWN_CONFIG" ? " for writing" : ""
      }: ${objection.reason}`,
      where,
      hints: [`${objection.hint}, or set unsafe to true in the node and all of its ancestors`],
    });
  }
}

function exposes({ path }: MergedExport): Objection | undefined {
  const source = normalizePath(path).replace(/^\/var\/run(?=\/|$)/, "/run");
  const shown = POWERFUL.find((powerful) => isWithin(powerful, source));
  if (shown === undefined) return undefined;
  const reason = `${shown === normalizePath(path) ? "it" : quote(shown)} gives power over the host`;
  return { code: "EXPORT_UNSAFE", reason, hint: "export only what is needed of it" };
}

function loosens({ mode, path }: MergedExport, family: Family): Objection | undefined {
  if (READ_ONLY_MODES.includes(mode)) return undefined;
  const source = normalizePath(path);
  const held = HOLDING.find((holding) => isWithin(holding, source) || isWithin(source, holding));
  const reason = held === undefined ? guardOwnFiles(source, family).refusal : `${quote(held)} confines all nodes`;
  if (reason === undefined) return undefined;
  const hint = "export only what the programs are to write of it, or use a mode that is read-only";
  return { code: "EXPORT_OWN_CONFIG", reason, hint };
}
