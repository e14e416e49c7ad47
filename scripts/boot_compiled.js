// The main module of the compiled binary, behind one line that makes PARTS: text and needs of each part (scripts/build.ts).
import { boot } from "./boot.js";

const environment = Object.entries(Deno.env.toObject()).map((pair) => pair.join("="));
boot(
  (name) => PARTS[name]?.[0],
  (name) => PARTS[name][1],
  Object.keys(PARTS)[0],
  [process.argv0, ...environment, "", ...Deno.args],
);
