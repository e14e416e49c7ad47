import type { BootFile, BootService } from "./boot_service.ts";

/** Lines for the inittab of busybox: init itself starts the nodes again, and knows no order. */
export function inittab(services: readonly BootService[]): BootFile {
  const lines = services.map(({ node, command: [launcher] }) => [`# ${node}`, `::respawn:${launcher}`]);
  return { name: "redpak.inittab", text: lines.flat().join("\n") + "\n", mode: 0o644 };
}

/** What init would give to a shell, or take for the end of a field. */
export function isFitForInittab(launcher: string): boolean {
  return /^[A-Za-z0-9_./@%+,-]+$/.test(launcher);
}
