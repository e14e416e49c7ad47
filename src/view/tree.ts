/** A line and those that hang below it. */
export interface Branch {
  readonly label: string;
  readonly children: readonly Branch[];
}

/** A forest with box-drawing characters, one line per branch. */
export function treeLines(branches: readonly Branch[]): string[] {
  return branches.flatMap(({ label, children }) => [label, ...hangingLines(children)]);
}

function hangingLines(branches: readonly Branch[]): string[] {
  return branches.flatMap(({ label, children }, index) => {
    const last = index === branches.length - 1;
    return [
      `${last ? "└──" : "├──"} ${label}`,
      ...hangingLines(children).map((line) => `${last ? "   " : "│  "} ${line}`),
    ];
  });
}
