/** Operands and flags that several commands have. */
export const node = { least: 1, most: 1, missing: "the NODE to work on" };
export const dryRun = { brief: "print what would be done, and do nothing" };
