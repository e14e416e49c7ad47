import { didYouMean } from "../../core/did_you_mean.ts";
import { publicCommands } from "../commands.ts";
import type { Invocation, Output } from "../invocation.ts";
import { commandPage, mainPage, pageName } from "../manual_page.ts";
import { usage } from "../split_words.ts";

/** `redpak man`. */
export function man({ operands }: Pick<Invocation<"man">, "operands">): Output {
  const subject = operands.length === 0 ? undefined : operands.join(" ");
  const names = publicCommands().map(([name]) => name);
  const command = names.find((name) => name === subject);
  if (subject !== undefined && command === undefined) {
    const meant = didYouMean(subject, names);
    throw usage(
      `Cannot print the manual page of "${subject}": there is no such command`,
      ...meant === undefined ? [] : [`did you mean ${meant}?`],
      "redpak man prints that of redpak",
    );
  }
  const roff = command === undefined ? mainPage() : commandPage(command);
  const name = command === undefined ? "redpak" : pageName(command);
  return { kind: "ManualPage", data: { name, roff }, text: () => roff };
}
