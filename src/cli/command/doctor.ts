import { RedpakError } from "../../core/error.ts";
import { escapeText } from "../../core/escape.ts";
import { EXIT } from "../../core/exit_code.ts";
import { jsonText } from "../../core/json_text.ts";
import { canLaunch, type Check, checkHost } from "../../host/host_checks.ts";
import type { HostFacts } from "../../host/host_facts.ts";
import { tableLines } from "../../view/table.ts";
import type { Style } from "../../view/style.ts";
import { checkInstallation } from "../check_installation.ts";
import { subordinateIdsOfCaller } from "../facts.ts";
import type { Invocation, Output } from "../invocation.ts";
import { harmlessVariables } from "../harmless_variables.ts";
import { runSelf } from "../run_self.ts";
import type { SubordinateIds } from "../subordinate_ids.ts";
import { parseComplaint, tryLaunch } from "../try_launch.ts";
import { version } from "./version.ts";

/** The user and group "nobody", who stands for all ordinary ones. */
const NOBODY = { uid: 65534, gid: 65534 };

/**
 * `redpak doctor`. Everything is tried by children, which hold the permissions that this process gives up. Exits 1 when
 * no launch will work.
 */
export async function doctor({ flags, environment }: Invocation<"doctor">): Promise<Output> {
  const uid = Deno.uid() ?? 0;
  const facts = await askFacts(environment);
  const checks = [
    ...checkHost(facts, {
      launch: await tryLaunch("launch"),
      time: await tryLaunch("time"),
      proc: await tryLaunch("proc"),
      ...uid === 0 ? { user: await tryLaunch("launch", NOBODY) } : {},
    }),
    ...uid === 0 ? [] : [checkSubordinateIds(subordinateIdsOfCaller())],
    ...checkInstallation(uid),
  ];
  const launches = canLaunch(checks);
  const report = flags.report
    ? { program: version({}).data, uid, facts, environment: harmlessVariables(environment) }
    : undefined;
  return {
    kind: "Doctor",
    data: { launches, checks, ...report === undefined ? {} : { report } },
    text: (style) =>
      [
        ...checkLines(checks, style),
        "",
        launches ? "Nodes can be launched on this machine." : style.red("Nodes cannot be launched on this machine."),
        ...report === undefined ? [] : ["", jsonText(report, 2)],
      ].join("\n"),
    exit: launches ? EXIT.success : EXIT.failed,
  };
}

/** Of users; root takes what ids it likes. */
function checkSubordinateIds(found: SubordinateIds): Check {
  const check = { id: "D-SUBIDS", why: "nodes of this user run without the user's supplementary groups" };
  if ("ids" in found) {
    return {
      ...check,
      status: "ok",
      seen: `65536 user ids from ${found.ids.uid}, group ids from ${found.ids.gid}`,
      fix: null,
    };
  }
  return { ...check, status: "warn", seen: found.obstacle, fix: found.fix };
}

async function askFacts(environment: Readonly<Record<string, string>>): Promise<HostFacts> {
  const { XDG_RUNTIME_DIR } = environment;
  const child = await runSelf(["probe", "facts", "--json"], {
    variables: XDG_RUNTIME_DIR === undefined ? {} : { XDG_RUNTIME_DIR },
  });
  if (typeof child === "object" && child.code === 0) return JSON.parse(child.output).data;
  const reason = typeof child === "string" ? child : parseComplaint(child.complaint, `exit code ${child.code}`).reason;
  throw new RedpakError({ code: "E_PROBE", message: `Cannot examine this machine: ${reason}` });
}

const COLORS = { ok: "green", info: "dim", warn: "yellow", fail: "red" } as const;

function checkLines(checks: readonly Check[], style: Style): string[] {
  const heads = tableLines(checks.map(({ id, status, seen }) => [status, id, escapeText(seen)]));
  return checks.flatMap(({ status, why, fix }, index) => {
    const head = (heads[index] ?? "").replace(/^\w+/, (word) => style[COLORS[status]](word));
    if (status === "ok" || status === "info" && fix === null) return [head];
    return [head, `      for: ${why}`, ...fix === null ? [] : [`      fix: ${fix}`]];
  });
}
