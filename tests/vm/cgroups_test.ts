/** Limits and devices of nodes in a machine with a pure version 2 tree. */
import { compile } from "../system/_compile.ts";
import { testMachine } from "./_scenarios.ts";

await testMachine(
  { scripts: ["devices.sh", "cgroups.sh"] },
  async () => ({ "bin/device_filter": Deno.readFileSync(await compile("device_filter.c", "-static")) }),
);
