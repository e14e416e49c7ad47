/** Who says in the header of a package that it is theirs, and what their packages are called. */
const NAMESPACES: readonly (readonly [vendor: RegExp, namespace: string])[] = [
  [/^Fedora Project\b/, "fedora"],
  [/^Red Hat, Inc\./, "redhat"],
  [/^CentOS\b/, "centos"],
  [/^AlmaLinux\b/, "almalinux"],
  [/^Rocky\b/, "rocky"],
  [/^Oracle America\b/, "oracle"],
  [/^Amazon\b/, "amazon"],
  [/^SUSE\b/, "suse"],
  [/^openSUSE\b/, "opensuse"],
];

/**
 * A package as a URL, `pkg:rpm/NAMESPACE/NAME@VERSION-RELEASE?arch=…&epoch=…` (package-url/purl-spec, type rpm). The
 * namespace follows from the vendor, and is left out for others: who has built a package is not guessed.
 */
export function packageUrl({ name, evr, arch, vendor }: {
  readonly name: string;
  /** `epoch:version-release`. */
  readonly evr: string;
  readonly arch: string;
  readonly vendor: string;
}): string {
  const namespace = NAMESPACES.find(([pattern]) => pattern.test(vendor))?.[1];
  const [, epoch, version = ""] = /^(?:(\d+):)?(.*)$/s.exec(evr) ?? [];
  const qualifiers = [["arch", arch], ["epoch", epoch]].flatMap(([key, value]) =>
    value === undefined || value === "" ? [] : [`${key}=${encode(value)}`]
  );
  return [
    `pkg:rpm/${namespace === undefined ? "" : `${namespace}/`}${encode(name)}@${encode(version)}`,
    ...qualifiers.length === 0 ? [] : [qualifiers.join("&")],
  ].join("?");
}

/** Everything but letters, digits, `.`, `-`, `_` and `~`. */
function encode(text: string): string {
  const code = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text.toWellFormed()).replace(/[!*'()]/g, code);
}
