/**
 * The same probe in redpak, bubblewrap and crun: a table of what gave the attacker something, by class.
 *
 * Usage: deno run --allow-all tests/security/battery.ts [--holes]   (as root, with bwrap and crun, after scripts/build)
 *   --holes   lists each of them as well
 */
import { bwrap, crun, redpak, redpakStrict, type Runner } from "./_runners.ts";
import { type Finding, Scene, USER } from "./_scene.ts";

const KINDS: Readonly<Record<string, string>> = {
  E: "host integrity",
  C: "information",
  P: "privilege",
  S: "kernel surface",
  D: "resources",
  H: "hygiene",
};

const COLUMNS: readonly (readonly [name: string, runner: Runner, uid: number, hasRanges?: boolean])[] = [
  ["redpak, root", redpak, 0],
  ["redpak, user", redpak, USER],
  ["redpak, user with subordinate ids", redpak, USER, true],
  ["redpak strict, root", redpakStrict, 0],
  ["redpak strict, user with subordinate ids", redpakStrict, USER, true],
  ["bwrap, root", bwrap, 0],
  ["bwrap, user", bwrap, USER],
  ["crun, root", crun, 0],
];

function count(findings: readonly Finding[], kind?: string): number {
  return findings.filter((finding) => finding.hole && (kind === undefined || finding.kind === kind)).length;
}

function version(program: string): string {
  const { stdout } = new Deno.Command(program, { args: ["--version"] }).outputSync();
  return new TextDecoder().decode(stdout).split("\n")[0] ?? "";
}

/** The table in Markdown. */
export function table(columns: readonly (readonly [name: string, findings: readonly Finding[]])[]): string {
  const all = columns[0]?.[1] ?? [];
  const row = (title: string, kind?: string) =>
    `| ${[title, ...columns.map(([, findings]) => count(findings, kind))].join(" | ")} |`;
  return [
    `| class (number of checks) | ${columns.map(([name]) => name).join(" | ")} |`,
    `|---|${columns.map(() => "---|").join("")}`,
    ...Object.entries(KINDS).map(([kind, name]) =>
      row(`${kind} — ${name} (${all.filter((finding) => finding.kind === kind).length})`, kind)
    ),
    row(`total of ${all.length}`),
  ].join("\n");
}

if (import.meta.main) {
  const results: [string, Finding[]][] = [];
  for (const [name, runner, uid, hasRanges] of COLUMNS) {
    await using scene = await Scene.set(uid, hasRanges);
    results.push([name, scene.run(runner)]);
  }
  const kernel = Deno.readTextFileSync("/proc/sys/kernel/osrelease").trim();
  const date = new Date().toISOString().slice(0, 10);
  console.log(`${date}, Linux ${kernel} ${Deno.build.arch}, ${version("bwrap")}, ${version("crun")}\n`);
  console.log(table(results));
  if (Deno.args.includes("--holes")) {
    for (const [name, findings] of results) {
      console.log(`\n${name}`);
      for (const { id, hole, kind, text } of findings) if (hole) console.log(`  ${kind} ${id} ${text}`);
    }
  }
}
