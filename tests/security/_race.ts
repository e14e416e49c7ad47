/** What a weaker party exchanges while a node is launched, and what comes of the launches. */
import assert from "node:assert/strict";
import { attachPlan } from "../../src/plan/attach_plan.ts";
import { encodePlan } from "../../src/plan/encode.ts";
import { planFromJson } from "../../src/plan/json.ts";
import { compile } from "../system/_compile.ts";
import { confinement, difference } from "../system/_confinement.ts";
import { exec, PATH, REDPAK, redpak, type Result, Scratch, SYSTEM } from "../system/_node.ts";
import { stage, withoutCgroups } from "../system/_staged_node.ts";
import { swapping } from "../system/_swapping.ts";

export interface Race {
  /** Ids of the catalogue, and what is exchanged. */
  readonly claim: string;
  /** Entries of the node's configuration, beside the usual ones. */
  readonly exports: (place: Place) => readonly string[];
  /** Makes what is exchanged, and gives the pairs of paths. */
  readonly plant: (place: Place) => readonly (readonly [one: string, other: string])[];
  /** In place of the usual exports. */
  readonly system?: (place: Place) => string;
  /** Where the program finds a procfs. */
  readonly proc?: string;
}

export interface Place {
  readonly scratch: Scratch;
  /** A directory of the caller's that the node can write. */
  readonly data: string;
  /** A directory of the caller's that the node does not have, with files that are in `data`, too. */
  readonly victim: string;
  readonly node: string;
}

/** The text of the race's configuration. */
export function configOf({ exports, system = () => SYSTEM }: Race, place: Place): string {
  const entries = [`mode: RestrictedFile, mount: /state, path: ${place.scratch.path}/state`, ...exports(place)];
  return system(place) + entries.map((entry) => `  - { ${entry} }\n`).join("") + PATH;
}

/** Share of the binary, whose start takes ten times as long. */
const BINARY = 0.1;

/** What is exchanged has one name or the other; what is mounted below it, too. */
const normalize = (sight: string | undefined) => sight?.replaceAll(/\b(?:far\/away\/)?other\b/g, "entry");

/** A launch is right when its program sees what it sees without a race, and a refusal clean when it says what is in the way. */
function judge({ code, stdout, stderr }: Result, usual: string): "right" | "refused" {
  if (code === 125 && stdout === "" && /^redpak: Cannot .+: .+/.test(stderr)) return "refused";
  assert.deepEqual([code, stderr], [0, ""]);
  const seen = normalize(confinement(stdout)) ?? stdout;
  if (seen !== usual) assert.fail(difference(usual, seen));
  return "right";
}

function place(uid: number, race: Race): Place & { readonly pairs: ReturnType<Race["plant"]> } {
  const scratch = new Scratch();
  const [data, victim, node] = ["data", "victim", "n"].map((name) => `${scratch.path}/${name}`) as [
    string,
    string,
    string,
  ];
  Deno.mkdirSync(data);
  scratch.file("victim/secret", "");
  scratch.file("victim/z/secret", "");
  const place = { scratch, data, victim, node };
  const pairs = race.plant(place);
  scratch.node("n", configOf(race, place));
  exec("chown", ["-Rh", `${uid}:${uid}`, data, victim, node]);
  return { ...place, pairs };
}

/** All that is the victim's, and of the node's what no program of it could have changed. */
const outside = ({ victim, node }: Place) =>
  exec("find", [victim, node, "-ls"]).stdout.replaceAll(/.*\/data\b.*\n/g, "");

export interface Outcome {
  readonly right: number;
  readonly refused: number;
}

/** Launches a node again and again during its race. */
export async function runRace(race: Race, uid: number, total: number): Promise<Outcome> {
  const scene = place(uid, race);
  using scratch = scene.scratch;
  Deno.copyFileSync(await compile("state.c", "-static"), `${scratch.path}/state`);
  const program = ["/state", ...race.proc === undefined ? [] : [race.proc]];
  const json = redpak(["plan", scene.node, "--format", "json", "--", ...program], { cwd: "/", uid });
  assert.equal(json.code, 0, json.stderr);
  const plan = withoutCgroups(planFromJson(JSON.parse(json.stdout)));
  const launcher = `${scratch.path}/launcher`;
  Deno.writeFileSync(launcher, attachPlan(stage(), encodePlan(plan)), { mode: 0o755 });
  const ways = [
    [1 - BINARY, ["-c", 'exec "$0" <&-', launcher]],
    [BINARY, ["-c", 'exec "$0" run "$@" <&-', REDPAK, scene.node, "--", ...program]],
  ] as const;
  const launches = ways.map(([share, args]) => {
    const launch = () => exec("sh", args, { cwd: "/", uid });
    const { code, stdout, stderr } = launch();
    assert.equal(code, 0, stderr);
    return { launch, count: share * total, usual: normalize(confinement(stdout)) ?? assert.fail(stdout) };
  });
  const before = outside(scene);

  const counts = { right: 0, refused: 0 };
  await using _ = await swapping(...scene.pairs);
  for (const { launch, count, usual } of launches) {
    for (let launched = 0; launched < count; launched++) counts[judge(launch(), usual)]++;
  }
  assert.equal(outside(scene), before);
  return counts;
}
