/** Many nodes below one with limits, some of them killed. REDPAK_CROWD says how many. */
import { testMachine } from "./_scenarios.ts";

await testMachine({
  scripts: ["crowd.sh"],
  // What is no parameter of the kernel is a variable of init's.
  parameters: `CROWD=${Deno.env.get("REDPAK_CROWD") ?? 6}`,
  programs: ["strace"],
});
