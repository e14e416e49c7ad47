/** What a key's value is: how it is read, and what it becomes. */
export type KeyKind = "text" | "flag" | "number" | "seconds" | "address" | "addresses" | "words";

/** The keys of a repository that count, as dnf.conf(5) has them. */
export const REPO_KEYS = {
  name: "text",
  enabled: "flag",
  baseurl: "addresses",
  mirrorlist: "address",
  metalink: "address",
  gpgcheck: "flag",
  repo_gpgcheck: "flag",
  gpgkey: "addresses",
  priority: "number",
  cost: "number",
  includepkgs: "words",
  excludepkgs: "words",
  sslverify: "flag",
  sslcacert: "text",
  sslclientcert: "text",
  sslclientkey: "text",
  username: "text",
  password: "text",
  proxy: "address",
  timeout: "seconds",
  minrate: "number",
  retries: "number",
  metadata_expire: "seconds",
  skip_if_unavailable: "flag",
} as const satisfies Readonly<Record<string, KeyKind>>;

export type RepoKey = keyof typeof REPO_KEYS;

/** Other names of keys. */
export const REPO_KEY_ALIASES: Readonly<Record<string, RepoKey>> = { exclude: "excludepkgs", pkg_gpgcheck: "gpgcheck" };

/** Keys whose text is nobody's business: no variables are replaced in it, and no message shows it. */
export const SECRET_KEYS: readonly RepoKey[] = ["username", "password"];

/** Keys of dnf, yum and zypper that have no effect here, and why. */
export const IGNORED_KEYS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ["async", "failovermethod", "fastestmirror", "max_parallel_downloads", "ip_resolve", "http_caching"].map((key) => [
      key,
      "mirrors are taken in their order, and downloads are parallel in any case",
    ]),
  ),
  ...Object.fromEntries(["bandwidth", "throttle"].map((key) => [key, "downloads are not slowed down"])),
  ...Object.fromEntries(["deltarpm", "deltarpm_percentage"].map((key) => [key, "whole packages are downloaded"])),
  ...Object.fromEntries(["keepcache", "keeppackages", "autorefresh"].map((key) => [key, "the cache is redpak's own"])),
  ...Object.fromEntries(
    ["enablegroups", "enabled_metadata", "optional_metadata_types", "strict", "module_hotfixes"].map((key) => [
      key,
      "groups and modules are not supported",
    ]),
  ),
  countme: "nobody is counted",
  mediaid: "repositories on media are directories",
  path: "the address says it",
  proxy_auth_method: "the proxy is asked without a name",
  proxy_password: "the proxy is asked without a name",
  proxy_username: "the proxy is asked without a name",
  sslverifystatus: "the status of certificates is not asked for",
  ui_repoid_vars: "the identifier is shown as it is",
  user_agent: "redpak says who it is",
};
