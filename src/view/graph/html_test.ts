import assert from "node:assert/strict";
import { exampleGraph, HOSTILE } from "./_graph.ts";
import { escapeMarkup } from "../markup.ts";
import { graphToHtml } from "./html.ts";

const hostile = exampleGraph(30, { hostile: true, root: `/srv/${HOSTILE[0]!.replaceAll("/", "|")}` });

/** The content of the elements of a name, as the parser of HTML would find them: these hold text only. */
function contents(page: string, name: string): string[] {
  return [...page.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>(.*?)</${name}>`, "gis"))].map(([, text]) => text!);
}

Deno.test("the document is in the page as it is, and nothing of it ends its element", async () => {
  for (const graph of [exampleGraph(3), hostile]) {
    const scripts = contents(await graphToHtml(graph, "1"), "script");
    assert.equal(scripts.length, 2);
    assert.deepEqual(JSON.parse(scripts[0]!), JSON.parse(JSON.stringify(graph)));
    assert.doesNotMatch(scripts[0]!, /[<>&]/);
  }
});

/** What is no script and no style. */
function markupOf(page: string): string {
  return page.replace(/<(script|style)\b.*?<\/\1>/gis, "");
}

/** Names of elements and attributes, each once. */
function words(markup: string): string[] {
  const tags = [...markup.matchAll(/<\/?[a-z][^<>]*>/gi)].map(([tag]) => tag.replace(/"[^"]*"/g, ""));
  return [...new Set(tags.flatMap((tag) => tag.split(/[^\w-]+/)))].sort();
}

Deno.test("no name becomes markup, and none is invisible or turns around what surrounds it", async () => {
  const page = await graphToHtml(hostile, "1");
  const markup = markupOf(page);
  assert.deepEqual(words(markup), words(markupOf(await graphToHtml(exampleGraph(30), "1"))));
  assert.equal(markup.match(/</g)?.length, markup.match(/<\/?[a-z!][^<>]*>/gi)?.length);
  assert.doesNotMatch(page, /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  assert.match(markup, /\\u\{202e\}gnp\.exe/);
  assert.match(markup, /line\\nbreak/);
});

Deno.test("its policy lets its own script and style work, and nothing else", async () => {
  const page = await graphToHtml(exampleGraph(3), "1");
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? "";
  assert.match(
    policy,
    /^default-src 'none'; script-src '[^' ]*'; style-src '[^' ]*'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'$/,
  );
  for (const name of ["script", "style"] as const) {
    const text = new TextEncoder().encode(contents(page, name).at(-1)!);
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", text)).toBase64();
    assert(policy.includes(`${name}-src 'sha256-${hash}'`), name);
  }
  // The policy counts from where it stands.
  assert(page.indexOf("Content-Security-Policy") < page.indexOf("<style"));
  assert.doesNotMatch(page, /\b(?:src|srcset|action)=|url\(|@import|<link|<base|<iframe|href="(?!#)/);
});

Deno.test("the tree and the meaning of what was found can be read without the script", async () => {
  const graph = exampleGraph(10);
  const page = markupOf(await graphToHtml(graph, "1"));
  for (const { path } of graph.nodes) assert(page.includes(path), path);
  for (const { id, title, why } of graph.checks) {
    assert(page.includes(`id="${id}"`), id);
    for (const text of [title, why]) assert(page.includes(escapeMarkup(text.slice(1))), text);
  }
  assert.equal([...page.matchAll(/role="treeitem"/g)].length, 10);
  assert.match(page, /aria-level="2" aria-posinset="1" aria-setsize="7"/);
});

Deno.test("of a large tree as many levels are open as fit in a window", async () => {
  const open = async (size: number) => {
    const page = markupOf(await graphToHtml(exampleGraph(size), "1"));
    return [page.match(/aria-expanded="true"/g)?.length ?? 0, page.match(/aria-expanded="false"/g)?.length ?? 0];
  };
  assert.deepEqual(await open(8), [1, 0]);
  assert.deepEqual(await open(500), [8, 64]);
});

Deno.test("the same graph gives the same page, byte for byte", async () => {
  assert.equal(await graphToHtml(exampleGraph(20), "1"), await graphToHtml(exampleGraph(20), "1"));
});
