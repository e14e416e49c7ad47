import { mergeFamily } from "../../config/merge.ts";
import { parseConfig, parseStatus } from "../../config/parse.ts";
import { jsonText } from "../../core/json_text.ts";
import { gatherHostFacts } from "../../host/host_facts.ts";
import { SYSCTLS } from "../../host/sysctl_checks.ts";
import { launch } from "../../launch/launch.ts";
import { buildPlan } from "../../plan/build.ts";
import { gatherFacts } from "../facts.ts";
import type { Invocation, Output } from "../invocation.ts";
import { usage } from "../split_words.ts";
import { stageImage } from "../stage_image.ts";

/** `redpak probe`, for `redpak doctor`: does one thing that may fail in any way, in a process that ends with it. */
export async function probe(invocation: Invocation<"probe">): Promise<Output> {
  const [what = ""] = invocation.operands;
  switch (what) {
    case "facts":
      return facts(invocation);
    case "launch":
      return await tryLaunch("", invocation);
    case "time":
      return await tryLaunch("  share_time: disabled\n", invocation);
    case "proc":
      return await tryLaunch("  proc: pid\n", invocation);
  }
  throw usage(`Cannot try "${what}": expected facts, launch, time or proc`);
}

function facts({ environment }: Invocation<"probe">): Output {
  const runtime = Deno.uid() === 0 ? "/run" : environment.XDG_RUNTIME_DIR;
  const data = gatherHostFacts({ sysctls: SYSCTLS, directories: runtime ? [runtime] : [] });
  return { kind: "HostFacts", data, text: () => jsonText(data, 2) };
}

/**
 * Launches a node that is written nowhere. Its program does not exist, in any machine: that it is missed, with the exit
 * code 127, shows that everything before has been done.
 */
async function tryLaunch(settings: string, { environment }: Invocation<"probe">): Promise<never> {
  const normal = await parseConfig(`${CONFIGURATION}${settings}`, `${DIRECTORY}/etc/redpak.yaml`, "normal");
  const status = await parseStatus(STATUS, `${DIRECTORY}/.rednode.yaml`);
  const facts = gatherFacts(environment);
  const merged = mergeFamily([{ path: DIRECTORY, normal, status }], { admin: false, facts });
  return launch(buildPlan(merged, { arguments: [PROGRAM], facts }), { stage: stageImage() });
}

/** Any directory that every machine has, but the root: its file system is built on top of it, where nobody else sees it. */
const DIRECTORY = "/usr";
const PROGRAM = "/doctor";
const STATUS = `realpath: ${DIRECTORY}\ntimestamp: 0\nstate: Enable\n`;
const CONFIGURATION = `headers:
  alias: doctor
exports:
  - { mode: Restricted, mount: /usr }
  - { mode: Procfs, mount: /proc }
  - { mode: Devfs, mount: /dev }
  - { mode: Tmpfs, mount: /tmp }
  - { mode: Mqueue, mount: /dev/mqueue }
config:
  hostname: doctor
  share_all: disabled
`;
