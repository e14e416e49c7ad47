import { type Prefix, TABLES } from "./constants.ts";
import { errnoReason } from "./errno.ts";
import { SystemCallError } from "./system_call_error.ts";
import { type Argument, intercept, type Kernel, type Parameter, SYSTEM_CALLS } from "./system_calls.ts";

/**
 * Reports each call with its result as one line: `open_tree(9, "", OPEN_TREE_CLONE|AT_EMPTY_PATH) = 10`. A call that
 * does not return on success, `execveat`, is reported before it is made.
 */
export function traced(kernel: Kernel, trace: (line: string) => void): Kernel {
  return intercept(kernel, (name, args, proceed) => {
    const call = formatCall(name, args);
    if (name === "execveat") trace(call);
    try {
      const result = proceed();
      trace(`${call} = ${result}`);
      return result;
    } catch (error) {
      if (error instanceof SystemCallError) {
        trace(`${call} = -1 ${error.errno} (${errnoReason(error.errno)})`);
      }
      throw error;
    }
  });
}

/** A call as C would write it; memory is shown by its size. */
export function formatCall(name: keyof Kernel, args: readonly Argument[]): string {
  const parameters = SYSTEM_CALLS[name][2];
  return `${name}(${args.map((value, index) => formatArgument(parameters[index] ?? "number", value)).join(", ")})`;
}

function formatArgument(parameter: Parameter, value: Argument): string {
  if (value === null) return "NULL";
  if (typeof value === "string") return JSON.stringify(value);
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  if (typeof value === "number") {
    if (parameter === "octal") return "0" + value.toString(8);
    return typeof parameter === "object" && "flags" in parameter ? formatFlags(parameter.flags, value) : String(value);
  }
  if (Array.isArray(value)) return JSON.stringify(value);
  const fields = typeof parameter === "object" && "struct" in parameter ? parameter.struct : {};
  const shown = Object.entries(value).map(([field, content]) =>
    `${field}=${formatArgument(fields[field] ?? "number", content as Argument)}`
  );
  return `{${shown.join(", ")}}`;
}

function formatFlags(prefixes: readonly Prefix[], value: number): string {
  const names: string[] = [];
  let rest = value;
  for (const prefix of prefixes) {
    for (const [name, bits] of Object.entries(TABLES[prefix])) {
      if (bits === 0 || (rest & bits) !== bits) continue;
      names.push(`${prefix}_${name}`);
      rest &= ~bits;
    }
  }
  if (rest !== 0) names.push(`0x${(rest >>> 0).toString(16)}`);
  return names.join("|") || "0";
}
