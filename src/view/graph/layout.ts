/** A box to be placed, and those that hang on it. */
export interface Box<Child> {
  readonly width: number;
  readonly height: number;
  readonly children: readonly Child[];
}

/** Upper left corner. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Layout<B> {
  readonly width: number;
  readonly height: number;
  readonly places: ReadonlyMap<B, Place>;
}

export interface Gaps {
  /** Between a box and its children. */
  readonly column: number;
  /** Between siblings. */
  readonly row: number;
  /** Between boxes of the same depth with different parents. */
  readonly cousin: number;
}

/** A subtree that has been placed, with its root's middle at 0. */
interface Placed<B> {
  readonly box: B;
  readonly children: readonly { readonly at: number; readonly tree: Placed<B> }[];
  /** Upper and lower edge at each depth of the subtree. */
  readonly top: readonly number[];
  readonly bottom: readonly number[];
}

/**
 * A tidy drawing of a forest, from left to right: boxes of the same depth are in one column, in the order of the tree; a
 * parent is in the middle of its children; subtrees are as close as their outlines let them be; equal subtrees are drawn
 * alike (Reingold and Tilford, "Tidier Drawings of Trees", 1981, with boxes of any height).
 */
export function layoutForest<B extends Box<B>>(
  roots: readonly B[],
  gaps: Gaps,
): Layout<B> {
  const trees = stack(roots.map((root) => place(root, gaps)), gaps);
  const columns: number[] = [];
  const measure = ({ box, children }: Placed<B>, depth: number): void => {
    columns[depth] = Math.max(columns[depth] ?? 0, box.width);
    for (const { tree } of children) measure(tree, depth + 1);
  };
  for (const { tree } of trees) measure(tree, 0);
  const lefts = columns.map((_, depth) =>
    columns.slice(0, depth).reduce((left, width) => left + width + gaps.column, 0)
  );
  const places = new Map<B, Place>();
  const upper = Math.min(0, ...trees.flatMap(({ at, tree }) => tree.top.map((edge) => at + edge)));
  const settle = ({ box, children }: Placed<B>, middle: number, depth: number): void => {
    places.set(box, { x: lefts[depth]!, y: middle - box.height / 2 });
    for (const { at, tree } of children) settle(tree, middle + at, depth + 1);
  };
  for (const { at, tree } of trees) settle(tree, at - upper, 0);
  return {
    width: Math.max(0, ...[...places].map(([box, { x }]) => x + box.width)),
    height: Math.max(0, ...[...places].map(([box, { y }]) => y + box.height)),
    places,
  };
}

function place<B extends Box<B>>(box: B, gaps: Gaps): Placed<B> {
  const stacked = stack(box.children.map((child) => place(child, gaps)), gaps);
  const middle = ((stacked[0]?.at ?? 0) + (stacked.at(-1)?.at ?? 0)) / 2;
  const children = stacked.map(({ at, tree }) => ({ at: at - middle, tree }));
  const top = [-box.height / 2];
  const bottom = [box.height / 2];
  for (const { at, tree } of children) {
    tree.top.forEach((edge, depth) => top[depth + 1] = Math.min(top[depth + 1] ?? Infinity, at + edge));
    tree.bottom.forEach((edge, depth) => bottom[depth + 1] = Math.max(bottom[depth + 1] ?? -Infinity, at + edge));
  }
  return { box, children, top, bottom };
}

/** Puts each subtree as close below those before it as their outlines let it be; the first has its middle at 0. */
function stack<B>(trees: readonly Placed<B>[], { row, cousin }: Gaps): { at: number; tree: Placed<B> }[] {
  const bottom: number[] = [];
  return trees.map((tree, index) => {
    const at = index === 0 ? 0 : Math.max(
      ...tree.top.flatMap((edge, depth) =>
        bottom[depth] === undefined ? [] : [bottom[depth] + (depth === 0 ? row : cousin) - edge]
      ),
    );
    tree.bottom.forEach((edge, depth) => bottom[depth] = Math.max(bottom[depth] ?? -Infinity, at + edge));
    return { at, tree };
  });
}
