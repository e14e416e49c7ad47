import assert from "node:assert/strict";
import { exampleGraph, HOSTILE } from "./_graph.ts";
import { graphToSvg } from "./svg.ts";

const numbers = (attributes: string, ...names: string[]) =>
  names.map((name) => Number(new RegExp(`\\b${name}="([-\\d.]+)"`).exec(attributes)?.[1]));

Deno.test("every node is drawn once, with its name, in the picture, and no two overlap", () => {
  for (const size of [1, 3, 50, 500]) {
    const picture = graphToSvg(exampleGraph(size));
    const [width, height] = numbers(/<svg [^>]*>/.exec(picture)![0], "width", "height") as [number, number];
    const boxes = [...picture.matchAll(/<rect (x=[^>]*)\/>/g)].map(([, box]) =>
      numbers(box!, "x", "y", "width", "height") as [number, number, number, number]
    );
    assert.equal(boxes.length, size);
    for (const [at, [x, y, w, h]] of boxes.entries()) {
      assert(x >= 0 && y >= 0 && x + w <= width && y + h <= height);
      for (const [x2, y2, w2, h2] of boxes.slice(0, at)) {
        assert(x >= x2 + w2 || x2 >= x + w || y >= y2 + h2 || y2 >= y + h);
      }
    }
  }
});

Deno.test("it says in words what it shows", () => {
  const picture = graphToSvg(exampleGraph(3));
  assert.match(picture, /role="img" aria-labelledby="title description"/);
  assert.match(picture, /<title id="title">Nodes of rootfs<\/title>/);
  assert.match(
    picture,
    /<desc id="description">3 nodes, not proven: 1 error, 1 warning; [^<]* unit-0: 20 packages, [^<]*unit-1 in unit-0: /,
  );
});

Deno.test("no name becomes markup, none is cut, and all of it is XML", () => {
  const picture = graphToSvg(exampleGraph(30, { hostile: true, root: `/srv/${HOSTILE[0]!.replaceAll("/", "|")}` }));
  const names = new Set([...picture.matchAll(/<\/?([a-z]+)/gi)].map(([, name]) => name));
  assert.deepEqual([...names].sort(), ["desc", "g", "path", "rect", "style", "svg", "text", "title"]);
  assert.doesNotMatch(picture, /&(?!amp;|lt;|gt;|quot;|#39;)/);
  assert.doesNotMatch(picture, /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffe]|\]\]>/u);
  const text = [...picture.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, line]) => line).join("");
  assert(text.includes(HOSTILE[11]));
});
