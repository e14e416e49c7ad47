/**
 * Evaluates the first part of the program. The parts are the bodies of functions (`partOf` in program.ts), evaluated when
 * first asked for: what a command does not use costs no parsing, and Deno's module loader, which would take 26 µs per KB, does
 * not see them. A part and all that it needs is one text for V8: each text costs a tenth of a millisecond by itself.
 *
 * @param {(name: string) => string | undefined} textOf
 * @param {(name: string) => readonly string[]} needsOf
 * @param {string} first the name of the first part
 * @param {readonly string[]} words invoked as, NAME=VALUE…, "", the user's arguments…
 */
export function boot(textOf, needsOf, first, [invokedAs, ...words]) {
  const exports = new Map();
  const use = (name) => exports.get(name);

  /** Those that are missing for a part, and itself: each behind what it needs. */
  const missing = (name, found = new Set()) => {
    if (exports.has(name) || found.has(name)) return found;
    for (const need of needsOf(name)) missing(need, found);
    return found.add(name);
  };
  const evaluate = (name) => {
    if (exports.has(name)) return use(name);
    const names = [...missing(name)];
    const functions = names.map((name) => `(function(use,importPart){${textOf(name)}\n})`);
    const parts = (0, eval)(`"use strict";[${functions.join(",")}]\n//# sourceURL=redpak:${name}`);
    for (const [index, name] of names.entries()) exports.set(name, parts[index](use, importPart));
    return use(name);
  };
  const importPart = (name) => Promise.resolve(name).then(evaluate);

  const endOfEnvironment = words.indexOf("");
  globalThis.REDPAK_LAUNCH = { invokedAs, environment: words.slice(0, endOfEnvironment), asset: textOf };
  Object.defineProperty(Deno, "args", { value: words.slice(endOfEnvironment + 1) });
  evaluate(first);
}
