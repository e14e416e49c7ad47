import { didYouMean } from "../core/did_you_mean.ts";
import { RedpakError } from "../core/error.ts";
import { EXIT } from "../core/exit_code.ts";
import { normalizePath, resolvePath } from "../core/path.ts";
import type { RunningNode, RunningNodes } from "./running_nodes.ts";

/**
 * The running node that a word names: by id, by the path of the node, or by its alias.
 *
 * @param cwd where relative paths begin
 * @throws {RedpakError} `E_NOT_RUNNING`, `E_RUNNING_AMBIGUOUS`
 */
export function findRunning({ nodes, damaged }: RunningNodes, word: string, cwd: string): RunningNode {
  const path = resolvePath(cwd, word);
  const tests: readonly ((node: RunningNode) => boolean)[] = [
    ({ record }) => record.id === word,
    ({ record }) => normalizePath(record.node) === path,
    ({ record }) => record.alias === word,
  ];
  for (const test of tests) {
    const [first, ...others] = nodes.filter(test);
    if (first === undefined) continue;
    if (others.length === 0) return first;
    throw new RedpakError({
      code: "E_RUNNING_AMBIGUOUS",
      exit: EXIT.usage,
      message: `Cannot choose a node by "${word}": it runs ${others.length + 1} times`,
      hints: [first, ...others].map(({ record }) => `name it by its id: ${record.id}`),
    });
  }
  const meant = didYouMean(word, nodes.flatMap(({ record }) => [record.id, record.alias]));
  const unknown = damaged.map(({ pid, path }) => `or process ${pid} runs it: its record is damaged, ${path}`);
  throw new RedpakError({
    code: "E_NOT_RUNNING",
    exit: EXIT.notFound,
    message: `Cannot find node "${word}": it is not running, or was started by another user`,
    hints: [...meant === undefined ? [] : [`did you mean ${meant}?`], "redpak ps lists the running nodes", ...unknown],
  });
}
