// The main module of the linked binary: finds the parts of the program and the user's own words in Deno.args, then
// evaluates the first part. Order of the words: (name, text)…, "", invoked as, NAME=VALUE…, "", user's arguments…
// (ffi/entry/entry.c, scripts/program.ts).
//
// The parts are CommonJS texts, evaluated when first asked for: what a command does not use costs no parsing, and text
// that is an argument is not analysed by Deno's module loader (26 µs per KB).
const words = Deno.args;
const endOfParts = words.findIndex((word, index) => index % 2 === 0 && word === "");
const endOfEnvironment = words.indexOf("", endOfParts + 2);

const texts = new Map();
for (let at = 0; at < endOfParts; at += 2) texts.set(words[at], words[at + 1]);

const loaded = new Map();
const requirePart = (name) => {
  let module = loaded.get(name);
  if (module === undefined) {
    module = { exports: {} };
    loaded.set(name, module);
    const body = `(function(require,importPart,module){${texts.get(name)}\n})\n//# sourceURL=redpak:${name}`;
    (0, eval)(body)(requirePart, importPart, module);
  }
  return module.exports;
};
const importPart = (name) => Promise.resolve(name).then(requirePart);

globalThis.REDPAK_LAUNCH = {
  invokedAs: words[endOfParts + 1],
  environment: words.slice(endOfParts + 2, endOfEnvironment),
  asset: (name) => texts.get(name),
};
Object.defineProperty(Deno, "args", { value: words.slice(endOfEnvironment + 1) });
requirePart(words[0]);
