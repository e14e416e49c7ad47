import { escapeText } from "../../core/escape.ts";
import { visibleMarkup } from "../markup.ts";
import { formatBytes } from "../quantity.ts";
import type { Graph } from "./graph.ts";
import { type Box, layoutForest, type Place } from "./layout.ts";
import { count, findingsText, type OutlineNode, outlineOf, packagesText, titleOf, verdictText } from "./outline.ts";
import style from "./picture.css" with { type: "text" };

/** A line of text in a box. */
interface Line {
  readonly text: string;
  /** A class of picture.css. */
  readonly kind: "name" | "soft" | "error" | "warning" | "live";
}

interface NodeBox extends Box<NodeBox> {
  readonly outline: OutlineNode;
  readonly lines: readonly Line[];
}

const GAPS = { column: 36, row: 10, cousin: 18 } as const;
const MARGIN = 24;
const PADDING = { x: 12, y: 9 } as const;
const LINE = 17;
/** Pixels of a character of a monospaced font of 13 pixels: 0.602 em at most in those that systems have. */
const CHARACTER = 7.9;
/** Characters in a line of a box, and in one above or below the tree, which is as wide as that if it can. */
const LONGEST = 30;
const OUTSIDE = { least: 64, most: 120 } as const;

/**
 * The tree of nodes as one picture that is complete in itself (SVG 1.1 and CSS): what each has of its own, and what was
 * found. No text is cut: what is too long for a box goes on in its next line.
 */
export function graphToSvg(graph: Graph): string {
  const boxes = outlineOf(graph).map(boxOf);
  const { width, height, places } = layoutForest<NodeBox>(boxes, GAPS);
  const longest = Math.min(Math.max(Math.floor(width / CHARACTER), OUTSIDE.least), OUTSIDE.most);
  const head = wrap(titleOf(graph), longest);
  const facts = wrap(summary(graph), longest);
  const legend = wrap(LEGEND, longest);
  const top = MARGIN + (head.length + facts.length) * LINE + 16;
  const bottom = top + height + 20;
  const lines = [...head, ...facts, ...legend];
  const full = {
    width: Math.ceil(Math.max(width, ...lines.map((line) => columns(line) * CHARACTER)) + 2 * MARGIN),
    height: Math.ceil(bottom + legend.length * LINE + MARGIN - 8),
  };
  const at = (box: NodeBox): Place => ({ x: places.get(box)!.x + MARGIN, y: places.get(box)!.y + top });
  const all = [...places.keys()];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${full.width}" height="${full.height}" viewBox="0 0 ${full.width} ${full.height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${visibleMarkup(titleOf(graph))}</title>`,
    `<desc id="description">${visibleMarkup(description(graph))}</desc>`,
    `<style>${style.trim()}</style>`,
    `<rect class="paper" width="${full.width}" height="${full.height}"/>`,
    ...paragraph(head, "name", MARGIN + 8),
    ...paragraph(facts, "soft", MARGIN + 8 + head.length * LINE),
    ...all.flatMap((box) => box.children.map((child) => edge(box, at(box), child, at(child)))),
    ...all.map((box) => draw(box, at(box))),
    ...paragraph(legend, "soft", bottom + 8),
    "</svg>",
    "",
  ].join("\n");
}

const LEGEND = "A node is drawn right of the node that it is in, which it sees and by which it is confined. " +
  "Packages and bytes are a node's own; ● errors and ▲ warnings are what redpak verify has found in it.";

function summary(graph: Graph): string {
  const { nodes, totals: { stored, shared, duplicated } } = graph;
  return [
    `${count(nodes.length, "node")}, ${verdictText(graph)}`,
    `packages take ${formatBytes(stored)}, without sharing ${formatBytes(shared)} more, ${
      formatBytes(duplicated)
    } are copies`,
  ].join("; ");
}

function description(graph: Graph): string {
  const say = (outline: OutlineNode, above: string): string[] => {
    const { node, name, children } = outline;
    const facts = [packagesText(node), findingsText(outline), liveText(outline)].filter((text) => text !== "");
    return [
      `${name}${above}${facts.length === 0 ? "" : `: ${facts.join(", ")}`}.`,
      ...children.flatMap((child) => say(child, ` in ${name}`)),
    ];
  };
  return [`${summary(graph)}.`, ...outlineOf(graph).flatMap((root) => say(root, ""))].join(" ");
}

function liveText({ node: { running } }: OutlineNode): string {
  if (running.length === 0) return "";
  const memory = running.reduce((sum, { memoryBytes }) => sum + (memoryBytes ?? 0), 0);
  return `${running.length > 1 ? `runs ${running.length} times` : "runs"}, ${formatBytes(memory)}`;
}

function boxOf(outline: OutlineNode): NodeBox {
  const { node, name, place, errors, warnings } = outline;
  const lines: Line[] = [
    ...wrapped(name, "name"),
    ...wrapped(place, "soft"),
    ...wrapped(packagesText(node), "soft"),
    ...wrapped(errors === 0 ? "" : `● ${count(errors, "error")}`, "error"),
    ...wrapped(warnings === 0 ? "" : `▲ ${count(warnings, "warning")}`, "warning"),
    ...wrapped(node.state === null || node.state === "Enable" ? "" : `state: ${node.state}`, "soft"),
    ...wrapped(liveText(outline), "live"),
  ];
  return {
    outline,
    lines,
    width: Math.ceil(Math.max(...lines.map(({ text }) => columns(text)), 8) * CHARACTER + 2 * PADDING.x),
    height: lines.length * LINE + 2 * PADDING.y,
    children: outline.children.map(boxOf),
  };
}

function wrapped(text: string, kind: Line["kind"]): Line[] {
  return text === "" ? [] : wrap(text, LONGEST).map((text) => ({ text, kind }));
}

/** Lines of a text, broken at a blank, behind a slash or a dash, or, where there is none, anywhere. */
function wrap(text: string, longest: number): string[] {
  const lines: string[] = [];
  let rest = [...escapeText(text)];
  while (columns(rest.join("")) > longest) {
    let end = 0;
    for (let used = 0; end < rest.length && used + columns(rest[end]!) <= longest; end++) used += columns(rest[end]!);
    const cut = rest.slice(0, end).findLastIndex((character) => " /-".includes(character)) + 1;
    const length = cut > longest / 3 ? cut : Math.max(end, 1);
    lines.push(rest.slice(0, length).join("").trimEnd());
    rest = rest.slice(length);
  }
  return [...lines, rest.join("")];
}

/** Columns that a terminal would need: characters of East Asia and pictures are as wide as two. */
function columns(text: string): number {
  return [...text].reduce((sum, character) => sum + (/[\u1100-\u1dff\u3000-\u{10ffff}]/u.test(character) ? 2 : 1), 0);
}

function paragraph(lines: readonly string[], kind: Line["kind"], y: number): string[] {
  return lines.map((line, index) => text(line, kind, MARGIN, y + index * LINE));
}

function text(line: string, kind: Line["kind"], x: number, y: number): string {
  return `<text class="${kind}" x="${round(x)}" y="${round(y)}">${visibleMarkup(line)}</text>`;
}

function draw({ outline, lines, width, height }: NodeBox, { x, y }: Place): string {
  const state = outline.errors > 0 ? "error" : outline.warnings > 0 ? "warning" : "good";
  return [
    `<g class="node ${state}">`,
    `<title>${visibleMarkup(outline.node.path)}</title>`,
    `<rect x="${round(x)}" y="${round(y)}" width="${width}" height="${height}" rx="5"/>`,
    ...lines.map((line, index) => text(line.text, line.kind, x + PADDING.x, y + PADDING.y + 13 + index * LINE)),
    "</g>",
  ].join("\n");
}

/** From the middle of a parent's right side to that of a child's left side, by right angles. */
function edge(parent: NodeBox, from: Place, child: NodeBox, to: Place): string {
  const [x, y] = [from.x + parent.width, from.y + parent.height / 2];
  const middle = to.x - GAPS.column / 2;
  const end = to.y + child.height / 2;
  return `<path class="edge" d="M${round(x)} ${round(y)}H${round(middle)}V${round(end)}H${round(to.x)}"/>`;
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}
