import { escapeText } from "../../core/escape.ts";
import { formatNevra } from "../../packages/database/installed_package.ts";
import { packageMatcher } from "../../packages/database/match_pattern.ts";
import { tableLines } from "../../view/table.ts";
import type { DnfRequest, DnfText } from "./dnf_request.ts";

interface Repository {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly baseUrls: readonly string[];
  readonly mirrorlist: string | null;
  readonly metalink: string | null;
  readonly gpgcheck: boolean;
  readonly priority: number;
}

interface Found {
  readonly name: string;
  readonly evr: string;
  readonly arch: string;
  readonly node: string | null;
  readonly repository: string | null;
}

type Asked = Pick<DnfRequest, "words" | "options">;

/** What dnf prints, of the data of a document of redpak. */
// deno-lint-ignore no-explicit-any -- the schema of the document says what it is
export const DNF_TEXTS: Readonly<Record<DnfText, (data: any, asked: Asked) => string>> = {
  repolist({ repositories }: { repositories: readonly Repository[] }, asked) {
    const all = asked.options.has("all");
    const rows = wanted(repositories, asked).map(({ id, name, enabled }) => [
      escapeText(id),
      escapeText(name),
      ...all ? [enabled ? "enabled" : "disabled"] : [],
    ]);
    return rows.length === 0
      ? ""
      : tableLines([["repo id", "repo name", ...all ? ["status"] : []], ...rows]).join("\n");
  },

  repoinfo({ repositories }: { repositories: readonly Repository[] }, asked) {
    return wanted(repositories, asked).map((one) =>
      [
        ["Repo-id", one.id],
        ["Repo-name", one.name],
        ["Repo-status", one.enabled ? "enabled" : "disabled"],
        ["Repo-priority", String(one.priority)],
        ["Repo-gpgcheck", one.gpgcheck ? "1" : "0"],
        ...one.baseUrls.map((url) => ["Repo-baseurl", url]),
        ...one.mirrorlist === null ? [] : [["Repo-mirrors", one.mirrorlist]],
        ...one.metalink === null ? [] : [["Repo-metalink", one.metalink]],
      ].map(([key = "", value = ""]) => `${key.padEnd(15)}: ${escapeText(value)}`).join("\n")
    ).join("\n\n");
  },

  repoquery({ packages }: { packages: readonly Found[] }, { words, options }) {
    const isMeant = words.length === 0 ? () => true : packageMatcher(words);
    const installed = options.has("installed");
    const lines = packages.filter((one) => installed ? one.node !== null : one.repository !== null).filter(isMeant)
      .map((one) => escapeText(formatNevra(one)));
    return [...new Set(lines)].sort().join("\n");
  },
};

function wanted(repositories: readonly Repository[], { words, options }: Asked): readonly Repository[] {
  return repositories
    .filter(({ enabled }) => options.has("all") || enabled !== options.has("disabled"))
    .filter(({ id }) => words.length === 0 || words.includes(id));
}
