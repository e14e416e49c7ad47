/** Words of `redpak explain` that mean something else whatever is installed. */
const OTHERS = /^(?:\/|(?:config|environ|capabilities|devices|cgroups|syscall)\.|CAP_|share_)/i;

/** Whether a word could name a package: only then it is looked for. */
export function mayBePackage(word: string): boolean {
  return word !== "" && !OTHERS.test(word);
}
