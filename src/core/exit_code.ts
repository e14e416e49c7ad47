/** Exit codes of every command. The table is part of the command line's contract. */
export const EXIT = {
  success: 0,
  failed: 1,
  usage: 2,
  configuration: 3,
  notFound: 4,
  notPermitted: 5,
  dependency: 6,
  busy: 7,
  /** `run`: redpak failed before the program was started. */
  launch: 125,
  /** `run`: the program exists but cannot be executed. */
  notExecutable: 126,
  /** `run`: the program does not exist in the node. */
  programNotFound: 127,
} as const;

/** An exit code of a command. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
