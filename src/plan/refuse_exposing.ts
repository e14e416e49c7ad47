import type { MergedExport, Sourced } from "../config/merged.ts";
import { BIND_MODES } from "../config/schema.ts";
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
  "/run/systemd/private",
] as const;

/**
 * Notes exports that show one of these, or something that contains one, where nobody said `unsafe`. It is a guard
 * against mistakes, by the text of the source: who writes a configuration may export any of them with that one word.
 */
export function refuseExposing(context: BuildContext): void {
  const { merged: { exports, scalars }, request, problems, warnings } = context;
  if (scalars.unsafe?.value === true) return;
  for (const { value, where } of exports) {
    const shown = findPowerful(value);
    if (shown === undefined || context.isPending(value.path)) continue;
    const noted = request.compat ? warnings : problems;
    noted.push({
      code: request.compat ? "W_EXPORT_UNSAFE" : "E_EXPORT_UNSAFE",
      message: `${request.compat ? "Export of" : "Cannot export"} ${quote(value.path)}: ${
        shown === normalizePath(value.path) ? "it" : quote(shown)
      } gives power over the host`,
      where,
      hints: ["export only what is needed of it, or set unsafe to true in the node and all of its ancestors"],
    });
  }
}

function findPowerful({ mode, path }: Sourced<MergedExport>["value"]): string | undefined {
  if (!BIND_MODES.includes(mode) || !path.startsWith("/")) return undefined;
  const source = normalizePath(path).replace(/^\/var\/run(?=\/|$)/, "/run");
  return POWERFUL.find((powerful) => isWithin(powerful, source));
}
