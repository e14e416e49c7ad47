/**
 * Evaluates the first part of the program. The parts are CommonJS texts, evaluated when first asked for: what a command does
 * not use costs no parsing, and Deno's module loader, which would take 26 µs per KB, does not see them.
 *
 * @param {(name: string) => string | undefined} partText
 * @param {string} first the name of the first part
 * @param {readonly string[]} words invoked as, NAME=VALUE…, "", the user's arguments…
 */
export function boot(partText, first, [invokedAs, ...words]) {
  const loaded = new Map();
  const requirePart = (name) => {
    let module = loaded.get(name);
    if (module === undefined) {
      module = { exports: {} };
      loaded.set(name, module);
      const body = `(function(require,importPart,module){${partText(name)}\n})\n//# sourceURL=redpak:${name}`;
      (0, eval)(body)(requirePart, importPart, module);
    }
    return module.exports;
  };
  const importPart = (name) => Promise.resolve(name).then(requirePart);

  const endOfEnvironment = words.indexOf("");
  globalThis.REDPAK_LAUNCH = { invokedAs, environment: words.slice(0, endOfEnvironment), asset: partText };
  Object.defineProperty(Deno, "args", { value: words.slice(endOfEnvironment + 1) });
  requirePart(first);
}
