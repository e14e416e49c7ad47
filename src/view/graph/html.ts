import { formatPosition, type Position } from "../../core/error.ts";
import { jsonText } from "../../core/json_text.ts";
import { visibleMarkup } from "../markup.ts";
import { formatBytes } from "../quantity.ts";
import type { Graph, GraphFinding } from "./graph.ts";
import { count, findingsText, type OutlineNode, outlineOf, packagesText, titleOf, verdictText } from "./outline.ts";
import script from "./page.js" with { type: "text" };
import style from "./page.css" with { type: "text" };

/**
 * The graph as one page that is complete in itself: the tree, what was found and what the checks mean can be read without
 * its script, which shows one node in full, filters, and makes the tree one of WAI-ARIA. All data are text to the page: here
 * they are escaped, its script makes nothing but text nodes of them, and its policy lets nothing but this script run, and
 * nothing be loaded.
 *
 * @param version redpak's
 */
export async function graphToHtml(graph: Graph, version: string): Promise<string> {
  const policy = [
    "default-src 'none'",
    `script-src '${await hash(script)}'`,
    `style-src '${await hash(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  const title = visibleMarkup(titleOf(graph));
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="referrer" content="no-referrer">',
    `<meta name="generator" content="redpak ${visibleMarkup(version)}">`,
    `<title>${title}</title>`,
    `<style>${style}</style>`,
    "</head>",
    "<body>",
    '<a class="skip" href="#detail">Skip the tree of nodes</a>',
    header(graph, title),
    "<main>",
    navigation(graph),
    '<div class="reading">',
    '<article id="detail" tabindex="-1" hidden></article>',
    overview(graph),
    "</div>",
    "</main>",
    '<div id="print"></div>',
    checks(graph),
    `<footer><p>Made by redpak ${visibleMarkup(version)}. This file is complete: it loads nothing.</p></footer>`,
    `<script type="application/json" id="graph">${embed(graph)}</script>`,
    `<script>${script}</script>`,
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

/** JSON in which nothing ends the element that it is in, or begins a comment. */
function embed(graph: Graph): string {
  return jsonText(graph).replaceAll("<", "\\u003c").replaceAll(">", "\\u003e").replaceAll("&", "\\u0026");
}

async function hash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256-${new Uint8Array(digest).toBase64()}`;
}

function header(graph: Graph, title: string): string {
  const { nodes, totals, observedAt, proven } = graph;
  const running = nodes.reduce((sum, node) => sum + node.running.length, 0);
  const figures: (readonly [name: string, value: string, meaning: string])[] = [
    ["Nodes", String(nodes.length), ""],
    ["Packages on disk", formatBytes(totals.stored), "files of all packages of all nodes"],
    ["Shared", formatBytes(totals.shared), "what copies of parents’ files would take in addition"],
    ["Duplicated", formatBytes(totals.duplicated), "further copies of the same content in several nodes"],
    ...observedAt === null ? [] : [["Running", String(running), `at ${observedAt}`] as const],
  ];
  return [
    "<header>",
    `<h1>${title}</h1>`,
    `<p class="verdict ${proven ? "good" : "bad"}">${proven ? "✓" : "✕"} ${visibleMarkup(verdictText(graph))}</p>`,
    '<dl class="figures">',
    ...figures.map(([name, value, meaning]) =>
      `<div><dt>${name}</dt><dd>${visibleMarkup(value)}${
        meaning === "" ? "" : `<small>${visibleMarkup(meaning)}</small>`
      }</dd></div>`
    ),
    "</dl>",
    "</header>",
  ].join("\n");
}

/** Rows that are open at first: what fits in a window. */
const OPEN_ROWS = 60;

function navigation(graph: Graph): string {
  const roots = outlineOf(graph);
  const open = openAtFirst(roots);
  return [
    '<nav aria-label="Nodes">',
    '<div class="tools">',
    '<label class="filter"><span>Filter</span><input type="search" id="filter" autocomplete="off" spellcheck="false" placeholder="name, path, package, check …"></label>',
    '<label class="faulty"><input type="checkbox" id="faulty"> with findings</label>',
    '<span class="buttons"><button type="button" id="expand">Expand all</button><button type="button" id="collapse">Collapse all</button></span>',
    "</div>",
    `<p id="count" role="status">${count(graph.nodes.length, "node")}</p>`,
    `<p id="keys" class="soft">Arrow keys, Home, End and letters move; <kbd>*</kbd> opens siblings; <kbd>Enter</kbd> reads; <kbd>/</kbd> filters.</p>`,
    '<ul role="tree" id="tree" aria-label="Nodes" aria-describedby="keys">',
    ...roots.map((root, at) => row(root, 1, at, roots.length, open)),
    "</ul>",
    "</nav>",
  ].join("\n");
}

/** Level by level, as long as not too many rows are shown. */
function openAtFirst(roots: readonly OutlineNode[]): ReadonlySet<OutlineNode> {
  const open = new Set<OutlineNode>();
  let rows = roots.length;
  for (let level = roots; level.length > 0; level = level.flatMap(({ children }) => children)) {
    const more = level.reduce((sum, { children }) => sum + children.length, 0);
    if (rows + more > OPEN_ROWS) break;
    rows += more;
    for (const outline of level) open.add(outline);
  }
  return open;
}

function row(
  outline: OutlineNode,
  level: number,
  at: number,
  siblings: number,
  open: ReadonlySet<OutlineNode>,
): string {
  const { node, index, name, place, errors, warnings, children } = outline;
  const below = totalBelow(outline);
  const hidden = findingsText(below);
  const label = [name, node.path, findingsText(outline) || "nothing found", packagesText(node), runsText(outline)]
    .filter((text) => text !== "").join(", ");
  return [
    `<li role="treeitem" id="node-${index}" data-node="${index}" tabindex="-1" aria-level="${level}" aria-posinset="${
      at + 1
    }" aria-setsize="${siblings}" aria-selected="false"${
      children.length === 0 ? "" : ` aria-expanded="${open.has(outline)}"`
    } aria-label="${visibleMarkup(label)}">`,
    `<div class="row"><span class="twisty" aria-hidden="true"></span><span class="what"><b>${visibleMarkup(name)}</b>${
      place === "" ? "" : ` <span class="place">${visibleMarkup(place)}</span>`
    }${state(outline)}</span>${hidden === "" ? "" : `<span class="below">${hidden} inside</span>`}${
      mark("error", "●", errors)
    }${mark("warning", "▲", warnings)}<span class="size">${
      node.packages === null || node.packages.length === 0 ? "" : visibleMarkup(formatBytes(node.bytes.own))
    }</span></div>`,
    ...children.length === 0 ? [] : [
      '<ul role="group">',
      ...children.map((child, at) => row(child, level + 1, at, children.length, open)),
      "</ul>",
    ],
    "</li>",
  ].join("\n");
}

function totalBelow({ children }: OutlineNode): { readonly errors: number; readonly warnings: number } {
  return children.reduce((sum, child) => {
    const below = totalBelow(child);
    return {
      errors: sum.errors + child.errors + below.errors,
      warnings: sum.warnings + child.warnings + below.warnings,
    };
  }, { errors: 0, warnings: 0 });
}

function mark(kind: "error" | "warning", sign: string, number: number): string {
  return number === 0 ? "" : `<span class="mark ${kind}">${sign} ${number}</span>`;
}

function state(outline: OutlineNode): string {
  const { node } = outline;
  const words = [
    ...node.state === null ? ["unreadable"] : node.state === "Enable" ? [] : [stateText(node.state)],
    ...node.running.length === 0 ? [] : [runsText(outline)],
  ];
  return words.map((word) => ` <span class="tag">${visibleMarkup(word)}</span>`).join("");
}

function stateText(state: string): string {
  return state === "Disable" ? "disabled" : state.toLowerCase();
}

function runsText({ node: { running } }: OutlineNode): string {
  return running.length === 0 ? "" : running.length === 1 ? "runs" : `runs ${running.length} times`;
}

function overview(graph: Graph): string {
  const known = new Set(graph.nodes.map(({ path }) => path));
  const others = graph.findings.filter(({ node }) => !known.has(node));
  return [
    '<section id="overview" aria-labelledby="overview-title">',
    '<h2 id="overview-title">Overview</h2>',
    others.length === 0 ? "" : `<h3>Found in the image itself</h3>${findingList(graph, others)}`,
    "<h3>What was found</h3>",
    findingsTable(graph),
    "<h3>Packages that several nodes have</h3>",
    duplicatesTable(graph),
    ...graph.accepted.length === 0 ? [] : ["<h3>Accepted for a time</h3>", acceptedTable(graph)],
    "<h3>How to read this</h3>",
    legend(graph),
    "</section>",
  ].join("\n");
}

function nodeLink(graph: Graph, path: string): string {
  const index = graph.nodes.findIndex((node) => node.path === path);
  const text = `<code>${path === "/" ? "/" : breakable(path)}</code>`;
  return index < 0 ? text : `<a href="#node-${index}">${text}</a>`;
}

function checkLink(id: string): string {
  return `<a class="check" href="#${visibleMarkup(id)}">${visibleMarkup(id)}</a>`;
}

/** A path that can be broken behind each slash but the first. */
function breakable(path: string): string {
  return visibleMarkup(path).replaceAll(/(?<=.)\//g, "/<wbr>");
}

function findingsTable(graph: Graph): string {
  if (graph.findings.length === 0) return '<p class="good">✓ Nothing: every check is proven.</p>';
  const rows = [...Map.groupBy(graph.findings, ({ node }) => node)];
  return table(
    ["Node", "Errors", "Warnings", "Checks"],
    rows.map(([node, found]) => {
      const errors = found.filter(({ severity }) => severity === "error").length;
      const warnings = found.length - errors;
      const checks = [...Map.groupBy(found, ({ check }) => check)].map(([check, { length }]) =>
        `${checkLink(check)}${length === 1 ? "" : ` × ${length}`}`
      );
      return [nodeLink(graph, node), mark("error", "●", errors), mark("warning", "▲", warnings), checks.join(", ")];
    }),
    [1, 2],
  );
}

function findingList(graph: Graph, findings: readonly GraphFinding[]): string {
  const place = (where: Position) => breakable(formatPosition(where).replace(prefixOf(graph), "/"));
  return `<ul class="findings">${
    findings.map(({ check, severity, message, where, hints }) =>
      [
        `<li class="${severity}">${checkLink(check)} <span>${visibleMarkup(message)}</span>`,
        ...where === null ? [] : [`<code>${place(where)}</code>`],
        ...hints.map((hint) => `<span class="hint">${visibleMarkup(hint)}</span>`),
        "</li>",
      ].join("\n")
    ).join("")
  }</ul>`;
}

/** What the names of the image's files begin with. */
function prefixOf({ root }: Graph): string {
  return root.endsWith("/") ? root : `${root}/`;
}

function duplicatesTable(graph: Graph): string {
  const { duplicates } = graph;
  if (duplicates.length === 0) return "<p>None: nothing is installed twice.</p>";
  return table(
    ["Package", "Nodes", "Could be in", "Each", "Duplicated"],
    duplicates.map(({ label, bytes, nodes, common }) => [
      `<code>${visibleMarkup(label)}</code>`,
      nodes.map((node) => nodeLink(graph, node)).join("<br>"),
      common === null ? '<span class="soft">no common parent</span>' : nodeLink(graph, common),
      formatBytes(bytes),
      formatBytes(bytes * (nodes.length - 1)),
    ]),
    [3, 4],
  );
}

function acceptedTable(graph: Graph): string {
  return table(
    ["Check", "Node", "What", "Until", "Why"],
    graph.accepted.map((
      { check, node, message, until, reason },
    ) => [
      checkLink(check),
      nodeLink(graph, node),
      visibleMarkup(message),
      visibleMarkup(until),
      visibleMarkup(reason),
    ]),
  );
}

/** @param numbers columns that are aligned by their ends */
function table(head: readonly string[], rows: readonly (readonly string[])[], numbers: readonly number[] = []): string {
  const kind = (at: number) => numbers.includes(at) ? ' class="number"' : "";
  return [
    '<table role="table">',
    `<thead role="rowgroup"><tr role="row">${
      head.map((title, at) => `<th role="columnheader" scope="col"${kind(at)}>${title}</th>`).join("")
    }</tr></thead>`,
    '<tbody role="rowgroup">',
    ...rows.map((cells) =>
      `<tr role="row">${
        cells.map((cell, at) => `<td role="cell" data-head="${head[at]}"${kind(at)}><span>${cell}</span></td>`).join("")
      }</tr>`
    ),
    "</tbody>",
    "</table>",
  ].join("\n");
}

function legend({ root, observedAt }: Graph): string {
  const entries = [
    ['<span class="mark error">●</span> error', "keeps the image from being proven"],
    ['<span class="mark warning">▲</span> warning', "does so too, but can be on purpose: accept it in a baseline"],
    ['<span class="from device">device</span>', "comes from the device itself, outside of all nodes"],
    ['<span class="from own">own</span>', "comes from the node’s own directory"],
    ['<span class="from parent">name</span>', "comes from the directory of that node, a parent"],
    ['<span class="from memory">memory</span>', "exists only while the node runs"],
    [
      "Bytes",
      "are those of packages’ files; in the tree, of a node’s own. A file that several nodes see takes room on the disk once, and in memory (the page cache) once at most; each copy takes both again.",
    ],
    [
      "Places",
      `Paths are the device’s. What is configured stands in a file of the named node, at line:column; all files lie in <code>${
        breakable(root)
      }</code>.`,
    ],
    ...observedAt === null ? [] : [["Live figures", `are of ${visibleMarkup(observedAt)}.`]],
  ] as const;
  return `<dl class="legend">${
    entries.map(([sign, meaning]) => `<div><dt>${sign}</dt><dd>${meaning}</dd></div>`).join("")
  }</dl>`;
}

function checks({ checks }: Graph): string {
  return [
    '<section id="checks" aria-labelledby="checks-title">',
    '<h2 id="checks-title">What the checks mean</h2>',
    '<div class="checks">',
    ...checks.map(({ id, title, why, findings }) =>
      [
        `<section id="${visibleMarkup(id)}" tabindex="-1" aria-labelledby="${visibleMarkup(id)}-title">`,
        `<h3 id="${visibleMarkup(id)}-title"><code>${visibleMarkup(id)}</code> ${
          findings === 0
            ? '<span class="good">✓ proven</span>'
            : `<span class="error">${count(findings, "finding")}</span>`
        }</h3>`,
        `<p>${visibleMarkup(capital(title))}.</p>`,
        `<p class="soft">${visibleMarkup(capital(why))}.</p>`,
        "</section>",
      ].join("\n")
    ),
    "</div>",
    "</section>",
  ].join("\n");
}

/** With a capital letter, but for the program's name. */
function capital(text: string): string {
  return /^redpak\b/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
}
