import type { CommandName } from "./commands.ts";
import type { Invocation, Output } from "./invocation.ts";

type Loaders = {
  readonly [N in CommandName]: () => Promise<(invocation: Invocation<N>) => Output | Promise<Output>>;
};

/** The code of each command, loaded when it is called. */
export const LOADERS: Loaders = {
  create: () => import("./command/create.ts").then((module) => module.create),
  delete: () => import("./command/delete.ts").then((module) => module.delete_),
  enable: () => import("./command/set_state.ts").then((module) => module.enable),
  disable: () => import("./command/set_state.ts").then((module) => module.disable),
  tree: () => import("./command/tree.ts").then((module) => module.tree),
  show: () => import("./command/show.ts").then((module) => module.show),
  check: () => import("./command/check.ts").then((module) => module.check),
  diff: () => import("./command/diff.ts").then((module) => module.diff),
  explain: () => import("./command/explain.ts").then((module) => module.explain),
  plan: () => import("./command/plan.ts").then((module) => module.plan),
  run: () => import("./command/run.ts").then((module) => module.run),
  verify: () => import("./command/verify.ts").then((module) => module.verify),
  ps: () => import("./command/ps.ts").then((module) => module.ps),
  enter: () => import("./command/enter.ts").then((module) => module.enter),
  stats: () => import("./command/stats.ts").then((module) => module.stats),
  audit: () => import("./command/audit.ts").then((module) => module.audit),
  stop: () => import("./command/stop.ts").then((module) => module.stop),
  info: () => import("./command/info.ts").then((module) => module.info),
  why: () => import("./command/why.ts").then((module) => module.why),
  list: () => import("./command/list.ts").then((module) => module.list),
  search: () => import("./command/search.ts").then((module) => module.search),
  provides: () => import("./command/search.ts").then((module) => module.provides),
  download: () => import("./command/download.ts").then((module) => module.download),
  history: () => import("./command/history.ts").then((module) => module.history),
  undo: () => import("./command/undo.ts").then((module) => module.undo),
  recover: () => import("./command/recover.ts").then((module) => module.recover),
  "repo list": () => import("./command/repo_list.ts").then((module) => module.repoList),
  "repo add": () => import("./command/repo_add.ts").then((module) => module.repoAdd),
  "repo remove": () => import("./command/repo_remove.ts").then((module) => module.repoRemove),
  "repo refresh": () => import("./command/repo_refresh.ts").then((module) => module.repoRefresh),
  "keys list": () => import("./command/keys_list.ts").then((module) => module.keysList),
  "keys add": () => import("./command/keys_add.ts").then((module) => module.keysAdd),
  "keys remove": () => import("./command/keys_remove.ts").then((module) => module.keysRemove),
  "install-links": () => import("./command/install_links.ts").then((module) => module.installLinks),
  complete: () => import("./command/complete.ts").then((module) => module.complete),
  completions: () => import("./command/completions.ts").then((module) => module.completions),
  doctor: () => import("./command/doctor.ts").then((module) => module.doctor),
  probe: () => import("./command/probe.ts").then((module) => module.probe),
  transact: () => import("./command/transact.ts").then((module) => module.transact),
  man: () => import("./command/man.ts").then((module) => module.man),
  schema: () => import("./command/schema.ts").then((module) => module.schema),
  help: () => import("./command/help.ts").then((module) => module.help),
  version: () => import("./command/version.ts").then((module) => module.version),
};
