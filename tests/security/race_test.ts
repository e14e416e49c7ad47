/**
 * Directories and files that change into links, and back, while a node is launched: each launch is right or refused, and
 * nothing appears outside of the node.
 *
 * REDPAK_RACES=all for 10,000 launches, or a number of them; most are of the stage with the plan of the node, as users
 * launch, the others of the whole binary.
 */
import { SYSTEM } from "../system/_node.ts";
import { type Place, type Race, runRace } from "./_race.ts";
import { CALLERS } from "./_scene.ts";

const ASKED = Deno.env.get("REDPAK_RACES");
const LAUNCHES = ASKED === "all" ? 10_000 : Number(ASKED ?? 300);

/** A directory `entry`, and `other`, a link to the victim; or to what the victim has by a name. */
function directoryAndLink(directory: string, target: string): [string, string] {
  Deno.mkdirSync(`${directory}/entry/z`, { recursive: true });
  Deno.symlinkSync(target, `${directory}/other`);
  return [`${directory}/entry`, `${directory}/other`];
}

function fileAndLink(directory: string, name: string, target: string): [string, string] {
  Deno.mkdirSync(directory, { recursive: true });
  Deno.writeTextFileSync(`${directory}/${name}`, "");
  Deno.symlinkSync(target, `${directory}/other`);
  return [`${directory}/${name}`, `${directory}/other`];
}

/** So many entries, for a launch that passes the place of the race more than once. */
const often = (entry: (number: number) => string) => Array.from({ length: 20 }, (_, number) => entry(number));

const shared = ({ data }: Place) => `mode: Public, mount: /a, path: ${data}`;

const TARGETS: Readonly<Record<string, (victim: string) => string>> = {
  "an absolute": (victim) => victim,
  "a relative": (victim) => `../../../../..${victim}`,
  "a magic": (victim) => `/proc/self/root${victim}`,
};

const RACES: readonly Race[] = [
  ...Object.entries(TARGETS).map(([kind, target]): Race => ({
    claim:
      `A01, A02 the directory of destinations is exchanged for ${kind} link during launches [CVE-2021-30465, CVE-2026-87766]`,
    exports: (place) => [
      shared(place),
      "mode: Tmpfs, mount: /a/entry/x/y",
      "mode: Anonymous, mount: /a/entry/z",
      ...often((number) => `mode: Anonymous, mount: /a/entry/new/${number}`),
      "mode: Restricted, mount: /a/entry/read/only, path: /usr/share",
      `mode: RestrictedFile, mount: /a/entry/file, path: ${place.scratch.path}/state`,
    ],
    plant: ({ data, victim }) => [directoryAndLink(data, target(victim))],
  })),
  {
    claim: "A03 the place of a /dev is exchanged for a link",
    exports: (place) => [shared(place), "mode: Devfs, mount: /a/entry"],
    plant: ({ data, victim }) => [directoryAndLink(data, victim)],
  },
  {
    claim: "A04 the null of a /dev is exchanged for a link",
    exports: () => [],
    system: ({ data }) => SYSTEM.replace("mode: Devfs, mount: /dev", `mode: Public, mount: /dev, path: ${data}`),
    plant: ({ data, victim }) => [fileAndLink(data, "null", `${victim}/secret`)],
  },
  {
    claim: "A06 the self of a fake /proc is exchanged for a link",
    exports: () => ["mode: Procfs, mount: /real"],
    system: ({ data }) => SYSTEM.replace("mode: Procfs, mount: /proc", `mode: Public, mount: /proc, path: ${data}`),
    plant({ data, victim }) {
      for (const directory of [victim, `${data}/self`]) {
        Deno.mkdirSync(`${directory}/attr`, { recursive: true });
        for (const name of ["uid_map", "gid_map", "setgroups", "oom_score_adj", "attr/exec"]) {
          Deno.writeTextFileSync(`${directory}/${name}`, "");
        }
      }
      Deno.symlinkSync(victim, `${data}/other`);
      return [[`${data}/self`, `${data}/other`]];
    },
    proc: "/real",
  },
  {
    claim: "A07, A28 the directory of a source is exchanged for a link",
    exports: () => often((number) => `mode: Private, mount: /b/${number}, path: $NODE_PATH/data/entry/z`),
    plant: ({ node, victim }) => [directoryAndLink(`${node}/data`, victim)],
  },
  {
    claim: "A07, A28 a source is exchanged for a link",
    exports: () => often((number) => `mode: Restricted, mount: /b/${number}, path: $NODE_PATH/data/entry`),
    plant: ({ node, victim }) => [directoryAndLink(`${node}/data`, victim)],
  },
  {
    claim: "A07, A28 a source that is a file is exchanged for a link",
    exports: () => often((number) => `mode: RestrictedFile, mount: /b/${number}, path: $NODE_PATH/data/entry`),
    plant: ({ node, victim }) => [fileAndLink(`${node}/data`, "entry", `${victim}/secret`)],
  },
  {
    claim: "A08 directories of different depths are exchanged, with a source and a destination below",
    exports: (place) => [shared(place), `mode: Private, mount: /a/entry/x/y, path: $NODE_PATH/data/entry/z`],
    plant: ({ data, node }) =>
      [data, `${node}/data`].map((directory) => {
        const pair = [`${directory}/entry`, `${directory}/far/away/other`] as const;
        for (const path of pair) {
          for (const name of ["x/y", "z"]) Deno.mkdirSync(`${path}/${name}`, { recursive: true });
        }
        return pair;
      }),
  },
];

const launches = LAUNCHES / RACES.length / Object.keys(CALLERS).length;
for (const [caller, uid] of Object.entries(CALLERS)) {
  for (const race of RACES) {
    Deno.test(`${race.claim}, launched by ${caller}`, async () => {
      const { right, refused } = await runRace(race, uid, launches);
      console.log(`${right} launches are right, ${refused} refused`);
    });
  }
}
