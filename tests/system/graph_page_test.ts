/** The page and the picture of `redpak graph` in a real browser: opened from a file, by mouse, by keyboard, and printed. */
import assert from "node:assert/strict";
import { exampleGraph, HOSTILE } from "../../src/view/graph/_graph.ts";
import type { Graph } from "../../src/view/graph/graph.ts";
import { graphToHtml } from "../../src/view/graph/html.ts";
import { graphToSvg } from "../../src/view/graph/svg.ts";
import { type Browser, browserTest, type Page, type PageOptions } from "./_browser.ts";
import { Scratch } from "./_node.ts";

const INSPECT = Deno.readTextFileSync(new URL("inspect_page.js", import.meta.url));

/** Files of this test, and the windows that they are opened in. */
class Scene implements Disposable {
  readonly #scratch = new Scratch();
  constructor(private readonly browser: Browser) {}

  async page(graph: Graph, options: PageOptions = {}): Promise<Page> {
    return await this.browser.open(this.#scratch.file("nodes.html", await graphToHtml(graph, "1.2.3")), options);
  }

  async picture(graph: Graph, options: PageOptions = {}): Promise<Page> {
    return await this.browser.open(this.#scratch.file("nodes.svg", graphToSvg(graph)), options);
  }

  [Symbol.dispose](): void {
    this.#scratch[Symbol.dispose]();
  }
}

/** That nothing is wrong with what is to be seen, and that nothing but the file was asked for. */
async function inspect(page: Page, what: string, picture = false): Promise<void> {
  assert.deepEqual(await page.evaluate(`${INSPECT}; inspectPage()`), [], what);
  if (picture) assert.deepEqual(await page.evaluate(`${INSPECT}; inspectPicture()`), [], what);
  assert.deepEqual(page.complaints, [], what);
  assert.deepEqual(page.requests.map((address) => address.replace(/^file:.*\//, "").replace(/#.*/, "")), [
    picture ? "nodes.svg" : "nodes.html",
  ], what);
}

/** What a node is called in the page. */
const nameOf = ({ alias, path }: Graph["nodes"][number]) => alias ?? path.slice(path.lastIndexOf("/") + 1);

/** Every size in every window in every colour scheme takes a minute; otherwise each of them is there. */
const ALL = Deno.env.get("REDPAK_PAGES") === "all";

type Window = readonly [size: number, scheme: "light" | "dark", width: number];
const WINDOWS: readonly Window[] = ALL
  ? [1, 3, 500].flatMap((size) =>
    (["light", "dark"] as const).flatMap((scheme) =>
      [390, 700, 900, 1024, 1440].map((width): Window => [size, scheme, width])
    )
  )
  : [[1, "light", 1440], [3, "light", 390], [3, "dark", 900], [500, "dark", 390]];

/** Where the keyboard is: the node of a row, or the id of another element. */
const focus = (page: Page) =>
  page.evaluate(() => {
    // @ts-ignore -- evaluated in the browser
    const { dataset, id, tagName } = document.activeElement;
    return dataset.node === undefined ? id || tagName : Number(dataset.node);
  });

const text = (page: Page, selector: string): Promise<string> =>
  page.evaluate(`document.querySelector(${JSON.stringify(selector)}).innerText`);

/** Nodes whose rows are to be seen. */
const shown = (page: Page): Promise<number[]> =>
  page.evaluate(`[...document.querySelectorAll("[role=treeitem]")].filter((row) => row.checkVisibility())
    .map((row) => Number(row.dataset.node))`);

browserTest(
  "the page can be read in both colour schemes, on wide and narrow windows, with few nodes and with many",
  async (browser) => {
    using scene = new Scene(browser);
    for (const [size, scheme, width] of WINDOWS) {
      const page = await scene.page(exampleGraph(size), { width, height: 900, scheme });
      const what = `${size} nodes, ${scheme}, ${width} pixels`;
      await inspect(page, what);
      await page.click("[role=treeitem] .row");
      assert.equal(await text(page, "#detail h2"), "unit-0");
      await page.evaluate(`document.querySelectorAll("details").forEach((one) => one.open = true)`);
      await inspect(page, `${what}, a node`);
      await page.close();
    }
  },
);

browserTest("names of any kind are text, whatever is done with the page", async (browser) => {
  using scene = new Scene(browser);
  const graph = exampleGraph(30, { hostile: true, root: `/srv/${HOSTILE[0]!.replaceAll("/", "|")}` });
  for (const width of [390, 1440]) {
    const page = await scene.page(graph, { width });
    const title = await page.evaluate("document.title");
    assert.match(title, /^Nodes of /);
    const elements = await page.evaluate("document.querySelectorAll('body *').length");
    await inspect(page, `overview, ${width}`);
    await page.click("#expand");
    for (const place of graph.nodes.keys()) {
      if (width === 390 && place % 10 !== 0 && !ALL) continue;
      await page.evaluate(`location.hash = "#/${place}"`);
      await page.evaluate("new Promise((resolve) => setTimeout(resolve))");
      await page.evaluate(`document.querySelectorAll("details").forEach((one) => one.open = true)`);
      const seen = await text(page, "#detail");
      const { path, info } = graph.nodes[place]!;
      for (const name of [path, info!]) assert(seen.includes(spelled(name)), name);
      assert.equal(
        await page.evaluate(`document.querySelectorAll("#detail :is(img, script, b b, [onfocus], [style])").length`),
        0,
      );
      if (place % 10 === 0 || ALL) await inspect(page, `${path}, ${width}`);
    }
    for (const name of HOSTILE) {
      await page.evaluate(`{
        const filter = document.getElementById("filter");
        filter.value = ${JSON.stringify(name)};
        filter.dispatchEvent(new Event("input"));
      }`);
    }
    await page.evaluate(`dispatchEvent(new Event("beforeprint"))`);
    assert.equal(await page.evaluate("document.title"), title);
    assert.equal(await page.evaluate("document.querySelectorAll('script').length"), 2);
    assert(elements > 100);
    assert.deepEqual(page.complaints, []);
    await page.close();
  }
  const picture = await scene.picture(graph, { width: 1440 });
  await inspect(picture, "picture", true);
});

/** As the page shows a name: what is invisible in visible form. */
function spelled(name: string): string {
  return name.replace(
    /[\p{Cc}\p{Cf}\p{Cs}]/gu,
    (one) =>
      ({ "\n": "\\n", "\t": "\\t", "\r": "\\r" } as Record<string, string>)[one] ??
        `\\u{${one.codePointAt(0)!.toString(16)}}`,
  );
}

browserTest("the tree is used by keyboard alone", async (browser) => {
  using scene = new Scene(browser);
  const graph = exampleGraph(15);
  const page = await scene.page(graph);
  const index = (alias: string) => graph.nodes.findIndex((node) => node.alias === alias);
  const name = (place: number) => graph.nodes[place]?.alias;
  // The first Tab leads past the tree, for who wants that; then come the tools, and one stop for the whole tree.
  const stops: unknown[] = [];
  for (let at = 0; at < 6; at++) {
    await page.press("Tab");
    stops.push(await focus(page));
  }
  assert.deepEqual(stops, ["A", "filter", "faulty", "expand", "collapse", 0]);

  const entries = await page.evaluate("history.length");
  const order = await shown(page);
  assert.equal(order.length, 15);
  await page.press("ArrowDown");
  assert.equal(await focus(page), order[1]);
  assert.equal(await text(page, "#detail h2"), name(order[1]!));
  assert.equal(await page.evaluate(`document.querySelectorAll('[aria-selected="true"]').length`), 1);
  assert.notEqual(
    await page.evaluate(`getComputedStyle(document.activeElement.firstElementChild).outlineStyle`),
    "none",
  );
  await page.press("End");
  assert.equal(await focus(page), order.at(-1));
  await page.press("ArrowDown");
  assert.equal(await focus(page), order.at(-1));
  // Going back leads to where a link or Enter led from, and not through every row on the way.
  assert.equal(await page.evaluate("history.length"), entries);
  await page.press("Home", "ArrowUp");
  assert.equal(await focus(page), 0);

  await page.press("ArrowLeft");
  assert.deepEqual(await shown(page), [0]);
  await page.press("ArrowRight");
  assert.equal((await shown(page)).length, 15);
  await page.press("ArrowRight", "ArrowRight");
  assert.equal(graph.nodes[await focus(page)]?.parent, graph.nodes[order[1]!]?.path);
  await page.press("ArrowLeft");
  assert.equal(await focus(page), order[1]);
  await page.press("ArrowLeft", "*");
  assert.equal((await shown(page)).length, 15);

  await page.press(..."unit-7");
  assert.equal(await focus(page), index("unit-7"));
  await page.press("Enter");
  assert.equal(await focus(page), "detail");
  await page.press("Escape");
  assert.equal(await focus(page), index("unit-7"));
  // One stop for the whole tree.
  assert.equal(await page.evaluate(`document.querySelectorAll('[role="treeitem"][tabindex="0"]').length`), 1);

  await page.press("/");
  assert.equal(await focus(page), "filter");
  await page.press(..."unit-1", "ArrowDown");
  assert.match(name(await focus(page)) ?? "", /^unit-(?:0|1)/);
  assert.deepEqual(page.complaints, []);
});

browserTest("a screen reader is told what the tree, its nodes and the tables are", async (browser) => {
  using scene = new Scene(browser);
  const graph = exampleGraph(15);
  for (const width of [390, 1440]) {
    const page = await scene.page(graph, { width, hash: "#/2" });
    const { nodes } = await page.send("Accessibility.getFullAXTree");
    const said = (nodes as {
      ignored: boolean;
      role?: { value: string };
      name?: { value: string };
      properties?: { name: string; value: { value: unknown } }[];
    }[])
      .filter(({ ignored }) => !ignored)
      .map(({ role, name, properties }) => ({
        role: role?.value,
        name: name?.value ?? "",
        properties: properties ?? [],
      }));
    const named = (role: string) => said.filter((one) => one.role === role).map(({ name }) => name);
    assert.deepEqual(named("tree"), ["Nodes"]);
    assert.equal(named("treeitem").length, 15);
    assert(
      named("treeitem").includes("unit-0, /nodes/top, nothing found, 20 packages, 8.79 KiB, runs"),
      named("treeitem")[0],
    );
    const selected = said.find(({ role, properties }) =>
      role === "treeitem" && properties.some(({ name, value }) => name === "selected" && value.value === true)
    );
    assert.match(selected?.name ?? "", new RegExp(`^${nameOf(graph.nodes[2]!)}, .* 1 error, 1 warning`));
    assert(
      named("table").includes("What it sees") && named("columnheader").includes("Configured at"),
      named("table").join(),
    );
    assert.deepEqual(named("searchbox"), ["Filter"]);
    for (const role of ["button", "link", "heading", "treeitem", "table", "checkbox"]) {
      assert(!named(role).includes(""), `${role} without a name, ${width}`);
    }
    await page.close();
  }
});

browserTest("the filter finds, says how many, and gives back what was open", async (browser) => {
  using scene = new Scene(browser);
  const graph = exampleGraph(500);
  const page = await scene.page(graph);
  const before = await shown(page);
  assert(before.length > 10 && before.length <= 60, String(before.length));
  await page.click("#filter");
  await page.press(..."unit-498 package");
  assert.equal(await text(page, "#count"), "1 of 500 nodes");
  const found = (await shown(page)).map((place) => graph.nodes[place]!.path);
  assert.deepEqual(
    found.map((path) => "/nodes/top/unit-1/unit-10/unit-71/unit-498".startsWith(path)),
    Array(5).fill(true),
    found.join(),
  );
  await page.press(..." nothing");
  assert.match(await text(page, "#count"), /^0 of 500 nodes: nothing/);
  await page.press("Escape");
  assert.deepEqual(await shown(page), before);
  await page.click("#faulty");
  assert.equal(await text(page, "#count"), "100 of 500 nodes");
  await page.click("#faulty");
  assert.deepEqual(await shown(page), before);
  await page.click("#expand");
  assert.equal((await shown(page)).length, 500);
  await page.click("#collapse");
  assert.deepEqual(await shown(page), [0]);
  await inspect(page, "filtered");
});

browserTest("links lead to nodes and to what checks mean, and back again", async (browser) => {
  using scene = new Scene(browser);
  const graph = exampleGraph(15);
  const page = await scene.page(graph);
  await page.click("#overview a[href^='#node-']");
  assert.equal(await text(page, "#detail h2"), nameOf(graph.nodes[2]!));
  assert.equal(await text(page, "#detail .findings p"), graph.findings[0]!.message);
  await page.click("#detail a.check");
  assert.equal(await page.evaluate("location.hash"), "#V-SOURCE");
  assert.match(await text(page, ":target"), /Everything that is exported is there, or will be made\./);
  assert.equal(
    await page.evaluate(`(() => {
    const { top } = document.querySelector(":target").getBoundingClientRect();
    return top >= 0 && top < innerHeight;
  })()`),
    true,
  );
  await page.back();
  await page.back();
  assert.equal(await page.evaluate(`document.getElementById("overview").checkVisibility()`), true);
  // An address leads to its node.
  const there = await scene.page(graph, { hash: "#/5" });
  assert.equal(await text(there, "#detail h2"), nameOf(graph.nodes[5]!));
  assert.equal(await there.evaluate("scrollY"), 0);
  // That of a node which was asked for is the first that is shown.
  const asked = await scene.page({ ...graph, node: graph.nodes[7]!.path });
  assert.equal(await text(asked, "#detail h2"), nameOf(graph.nodes[7]!));
  for (const one of [page, there, asked]) assert.deepEqual(one.complaints, []);
});

browserTest(
  "on paper there is everything: each node in full, and nothing that is only for a screen",
  async (browser) => {
    using scene = new Scene(browser);
    const graph = exampleGraph(15);
    const page = await scene.page(graph, { scheme: "dark", width: 800 });
    const pdf = await page.pdf();
    assert.equal(new TextDecoder().decode(pdf.subarray(0, 5)), "%PDF-");
    assert.equal(await page.evaluate("document.querySelectorAll('#print article').length"), 0);
    await page.click("#collapse");
    await page.send("Emulation.setEmulatedMedia", { media: "print" });
    assert.equal((await shown(page)).length, 15);
    await page.evaluate(`dispatchEvent(new Event("beforeprint"))`);
    assert.equal(await page.evaluate("document.querySelectorAll('#print article').length"), 15);
    await inspect(page, "print");
    const seen = await text(page, "body");
    for (const { label } of graph.nodes.flatMap(({ packages }) => packages ?? [])) assert(seen.includes(label), label);
    for (const { destination } of graph.mounts) assert(seen.includes(destination), destination);
    assert.equal(await page.evaluate(`document.getElementById("filter").checkVisibility()`), false);
    await page.evaluate(`dispatchEvent(new Event("afterprint"))`);
  },
);

browserTest("the picture can be read in both colour schemes, with few nodes and with many", async (browser) => {
  using scene = new Scene(browser);
  for (const size of ALL ? [1, 3, 50, 500] : [3, 500]) {
    for (const scheme of ["light", "dark"] as const) {
      const page = await scene.picture(exampleGraph(size), { width: 1440, scheme });
      await inspect(page, `${size} nodes, ${scheme}`, true);
      await page.close();
    }
  }
});
