/** Many nodes below one with limits, some of them killed. REDPAK_CROWD says how many. */
import { testMachine } from "./_scenarios.ts";

const crowd = Deno.env.get("REDPAK_CROWD");

await testMachine({
  scripts: ["crowd.sh"],
  // What is no parameter of the kernel is a variable of init's.
  parameters: `CROWD=${crowd}`,
  skip: crowd === undefined ? "each node takes a minute of an emulated machine; REDPAK_CROWD=6 runs six" : undefined,
  programs: ["strace"],
});
