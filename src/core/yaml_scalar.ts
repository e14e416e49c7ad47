/**
 * A text as a YAML scalar on one line: plain where no reader of YAML could take it for anything else, double-quoted
 * otherwise.
 */
export function encodeYamlScalar(text: string): string {
  return /^[A-Za-z0-9/$](?:[A-Za-z0-9/$_.+@()-]|:(?=[^ ])| (?=[A-Za-z0-9/$(]))*$/.test(text)
    ? text
    : JSON.stringify(text);
}
