import { ACTIVE } from "./escape.ts";

/**
 * A text as a YAML scalar on one line: plain where no reader of YAML could take it for anything else, double-quoted
 * otherwise, with what a terminal would act on escaped.
 */
export function encodeYamlScalar(text: string): string {
  return /^[A-Za-z0-9/$](?:[A-Za-z0-9/$_.+@()-]|:(?=[^ ])| (?=[A-Za-z0-9/$(]))*$/.test(text)
    ? text
    : JSON.stringify(text).replace(ACTIVE, (character) => {
      const code = character.codePointAt(0)!.toString(16);
      return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
    });
}
