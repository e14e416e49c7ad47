import type { Trial } from "../host/host_checks.ts";
import { EXIT } from "../core/exit_code.ts";
import { runSelf } from "./run_self.ts";

/** Launches an empty node in a child; see `command/probe.ts`. */
export async function tryLaunch(
  what: "launch" | "time" | "proc",
  ids: { uid?: number; gid?: number } = {},
): Promise<Trial> {
  const child = await runSelf(["probe", what], ids);
  if (typeof child === "string") return { outcome: "untried", reason: child };
  if (child.code === EXIT.programNotFound) return { outcome: "worked" };
  return { outcome: "failed", ...parseComplaint(child.complaint, `the launch ended with exit code ${child.code}`) };
}

/** The message and hints of an error as redpak and its stage print it. */
export function parseComplaint(complaint: string, otherwise: string): { reason: string; hints: readonly string[] } {
  const lines = complaint.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const hints = lines.filter((line) => line.startsWith("hint: ")).map((line) => line.slice("hint: ".length));
  const reason = lines.find((line) => /^redpak: (?!warning: )/.test(line))?.slice("redpak: ".length) ?? lines[0] ??
    otherwise;
  return { reason, hints };
}
