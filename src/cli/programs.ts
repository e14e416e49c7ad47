/** The programs of redpak 2.5 that this binary is when it is called by their names. */
const PROGRAMS = {
  redconf: () => import("./redconf/main.ts").then((module) => module.redconf),
  "redwrap-dnf": () => import("./redwrap/dnf.ts").then((module) => module.redwrapDnf),
  redwrap: () => import("./redwrap/main.ts").then((module) => module.redwrap),
} as const satisfies Record<string, () => Promise<() => Promise<never>>>;

export const PROGRAM_NAMES = Object.keys(PROGRAMS);

/** The program of a name; `undefined` for redpak itself. */
export function loadProgram(name: string): Promise<() => Promise<never>> | undefined {
  return Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name as keyof typeof PROGRAMS]() : undefined;
}
