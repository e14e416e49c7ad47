/** Operands and flags that several commands have. */
export const node = { least: 1, most: 1, missing: "the NODE to work on" };
export const dryRun = { brief: "print what would be done, and do nothing" };
export const program = { least: 1, most: Infinity, missing: "the NODE to run in" };
export const admin = { brief: "count the admin configuration too" };
export const publicKey = { brief: "whose signature of the certificate counts: PEM, Ed25519", value: "KEY" };
export const compat = { brief: "as redpak 2.5: let a node loosen what its parents restrict, with warnings" };
