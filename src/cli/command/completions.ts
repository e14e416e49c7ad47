import { didYouMean } from "../../core/did_you_mean.ts";
import { COMPLETION_SCRIPTS } from "../completion_scripts.ts";
import type { Invocation, Output } from "../invocation.ts";
import { usage } from "../split_words.ts";

/** `redpak completions`. */
export function completions({ operands }: Pick<Invocation<"completions">, "operands">): Output {
  const [shell = ""] = operands;
  if (!Object.hasOwn(COMPLETION_SCRIPTS, shell)) {
    const meant = didYouMean(shell, Object.keys(COMPLETION_SCRIPTS));
    throw usage(
      `Cannot print completions for "${shell}": expected bash, zsh or fish`,
      ...meant === undefined ? [] : [`did you mean ${meant}?`],
    );
  }
  const script = COMPLETION_SCRIPTS[shell as keyof typeof COMPLETION_SCRIPTS];
  return { kind: "Completions", data: { shell, script }, text: () => script };
}
