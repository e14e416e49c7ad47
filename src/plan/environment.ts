import { quote } from "../core/quote.ts";
import type { BuildContext } from "./build_context.ts";
import type { Operation } from "./operation.ts";
import { serviceVariables } from "./service.ts";

/**
 * The environment of the program: the launcher's if it is inherited, then `environ`, then the search paths. `PWD` is
 * left out: the stage sets it to the directory that it finds.
 */
export function buildEnvironment(context: BuildContext): ReadonlyMap<string, string> {
  const { merged, environment: callers } = context;
  const environment = new Map(merged.scalars["inherit-env"]?.value === true ? Object.entries(callers) : []);
  for (const key of serviceVariables(context)) {
    if (Object.hasOwn(callers, key)) environment.set(key, callers[key] ?? "");
  }
  for (const { value: { mode, key, value }, where } of merged.environ) {
    if (key === "" || key.includes("=")) {
      // Files that are read as redpak 2.5 does can have it; there bubblewrap failed.
      const message = `Cannot set variable ${quote(key)}: the name of a variable is not empty and has no "="`;
      context.problems.push({ code: "E_VARIABLE_NAME", message, where });
      continue;
    }
    const inherited = Object.hasOwn(callers, key) ? callers[key] : undefined;
    if (mode === "Remove") {
      environment.delete(key);
      continue;
    }
    const isLater = mode === "Inherit" && context.request.sealed === true;
    const text = isLater ? "" : value ?? (mode === "Inherit" ? inherited : undefined) ?? "";
    context.checkText(`${key}=${text}`, where);
    environment.set(key, text);
  }
  for (const [name, elements] of [["PATH", merged.path], ["LD_LIBRARY_PATH", merged.ldpath]] as const) {
    for (const { value, where } of elements) context.checkText(value, where);
    const text = elements.map(({ value }) => value).join(":");
    if (text !== "") environment.set(name, text);
  }
  environment.delete("PWD");
  return environment;
}

/** What a sealed launcher passes on of its caller's environment: see the operation `caller`. */
export function buildPassedOn(context: BuildContext): Operation<"caller"> {
  const { merged } = context;
  const variables = new Set<string>(serviceVariables(context));
  const removed = new Set(["PWD"]);
  for (const { value: { mode, key } } of merged.environ) {
    variables.delete(key);
    removed.delete(key);
    if (mode === "Remove") removed.add(key);
    else if (mode === "Inherit") variables.add(key);
  }
  if (merged.path.length > 0) variables.delete("PATH");
  if (merged.ldpath.length > 0) variables.delete("LD_LIBRARY_PATH");
  const all = merged.scalars["inherit-env"]?.value === true;
  const sockets = merged.service.listen.length;
  return { operation: "caller", phase: "init", sockets, variables: [...variables], all, removed: [...removed] };
}
