/**
 * Why a text of a repository is no path below the repository's address; `undefined` where it is one. What comes from a
 * repository may lead nowhere else: no server, no directory above, nothing that a server could take for that.
 */
export function locationProblem(location: string): string | undefined {
  if (location.length > 1024) return "is longer than 1024 letters";
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(location)) return "has a control character";
  if (/[?#\\]/.test(location)) return 'has a "?", "#" or backslash';
  if (location.startsWith("/")) return "is an absolute path";
  // The first component with a colon would be read as the scheme of a URL.
  if (/^[^/]*:/.test(location)) return "is an address of its own";
  const components = location.split("/").map((component) => component.replaceAll(/%2e/gi, "."));
  if (components.some((component) => ["", ".", ".."].includes(component))) return 'has an empty component, "." or ".."';
  if (/%(?:2f|5c|00)/i.test(location)) return "has an encoded slash";
  return undefined;
}

/** The address of what is at a location of the repository at `base`, whose query it keeps. */
export function addressOf(base: string, location: string): string {
  const url = new URL(base);
  // A "%" stays as it is: who wrote the location has encoded it.
  const path = location.split("/").map((component) => encodeURI(component).replaceAll("%25", "%")).join("/");
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/${path}`;
  return url.href;
}
