/** Metadata of a repository that is hostile or damaged: whatever it says, it is read or refused. */
import assert from "node:assert/strict";
import { RedpakError } from "../../src/core/error.ts";
import { searchPackages } from "../../src/packages/solve/find_available.ts";
import { resolve, type World } from "../../src/packages/solve/resolve.ts";
import { Scratch } from "../../src/store/_scratch.ts";
import { parseCase } from "./_case.ts";
import { filelistsXml, primaryXml } from "./_metadata.ts";
import { solverTest } from "./_solver.ts";

/** REDPAK_FUZZ=5000 for more of them. */
const TRIES = Number(Deno.env.get("REDPAK_FUZZ") ?? 200);

const PACKAGES = parseCase(`repo main
  app-1-1.x86_64
    requires lib >= 2, (a or b)
    recommends more
    file /usr/bin/app
    listed /usr/share/app/data
  lib-2:3-4.noarch
    provides a = 1, sub(lib)
    conflicts old < 2
    obsoletes older
  more-1-1.noarch
    supplements (app if lib)
/top: update
=>
`).repositories[0]!.packages;

/** The same each time: what has failed once fails again. */
function random(seed: number): (below: number) => number {
  let state = seed + 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

/** Cuts, flips, leaves out, repeats or moves something of a text. */
function damage(text: string, seed: number): Uint8Array<ArrayBuffer> {
  const below = random(seed);
  const bytes = new TextEncoder().encode(text);
  const [start, length] = [below(bytes.length), 1 + below(200)];
  const piece = bytes.slice(start, start + length);
  const at = below(bytes.length);
  switch (seed % 5) {
    case 0:
      return bytes.slice(0, start);
    case 1:
      bytes[start]! ^= 1 << below(8);
      return bytes;
    case 2:
      return joined(bytes.slice(0, start), bytes.slice(start + length));
    case 3:
      return joined(bytes.slice(0, at), piece, bytes.slice(at));
    default:
      bytes.fill(0x30 + below(80), start, start + length);
      return bytes;
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) {
    all.set(part, end);
    end += part.length;
  }
  return all;
}

solverTest(`${TRIES} repositories with damaged metadata are read or refused`, async () => {
  using scratch = new Scratch();
  const [primary, filelists] = [primaryXml(PACKAGES), filelistsXml(PACKAGES)];
  const paths = { primary: `${scratch.path}/primary.xml`, filelists: `${scratch.path}/filelists.xml` };
  const world: World = {
    arch: "x86_64",
    family: [{ node: "/top", alias: "top", addTo: () => {} }],
    descendants: [],
    available: [{
      ...{ id: "main", priority: 99, cost: 1000, includes: [], excludes: ["none*"] },
      primary: { path: paths.primary },
      filelists: () => Promise.resolve({ path: paths.filelists }),
    }],
  };
  const outcomes = { read: 0, refused: 0 };
  for (let seed = 0; seed < TRIES; seed++) {
    const isPrimary = seed % 3 !== 0;
    Deno.writeFileSync(paths.primary, isPrimary ? damage(primary, seed) : new TextEncoder().encode(primary));
    Deno.writeFileSync(paths.filelists, isPrimary ? new TextEncoder().encode(filelists) : damage(filelists, seed));
    try {
      await searchPackages(world, ["a"]);
      await resolve(world, { action: "install", words: ["app", "/usr/share/app/data"] });
      outcomes.read++;
    } catch (error) {
      assert(error instanceof RedpakError, `${seed}: ${error}`);
      outcomes.refused++;
    }
  }
  console.log(`${outcomes.read} read, ${outcomes.refused} refused`);
  assert(outcomes.read > 0 && outcomes.refused > 0);
});
