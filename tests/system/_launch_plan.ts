/** Carries out the plan of a JSON file: `_launch_plan.ts STAGE FILE`. A subprocess of host_phase_test.ts. */
import { libc } from "../../ffi/libc/libc.ts";
import { SystemCallError } from "../../ffi/libc/system_call_error.ts";
import { intercept } from "../../ffi/libc/system_calls.ts";
import { RedpakError } from "../../src/core/error.ts";
import { carryOut } from "../../src/launch/carry_out.ts";

export interface LaunchRequest {
  readonly operations: readonly unknown[];
  readonly node: string;
  /** System calls that this kernel shall not have. */
  readonly missing: readonly string[];
  readonly trace: boolean;
}

if (import.meta.main) {
  const [stage = "", file = ""] = Deno.args;
  const { operations, node, missing, trace }: LaunchRequest = JSON.parse(Deno.readTextFileSync(file));
  const kernel = intercept(libc(), (name, _, proceed) => {
    if (missing.includes(name)) throw new SystemCallError(name, "ENOSYS");
    return proceed();
  });
  const header = { version: 1, alias: "test", admin: false, pending: [], warnings: [] } as const;
  try {
    carryOut({ ...header, node, operations: operations as never }, () => Deno.readFileSync(stage), {
      kernel,
      ...(trace ? { trace: (line: string) => console.error(line) } : {}),
    });
  } catch (error) {
    if (!(error instanceof RedpakError)) throw error;
    console.error(JSON.stringify({ code: error.code, message: error.message, hints: error.hints, errno: error.errno }));
    Deno.exit(error.exit);
  }
}
