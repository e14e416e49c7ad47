/** Many launches of nodes below one with limits, some of them killed. REDPAK_CROWD says how many. */
import { testMachine } from "./_scenarios.ts";

const crowd = Deno.env.get("REDPAK_CROWD");

await testMachine({
  scripts: ["crowd.sh"],
  // What is no parameter of the kernel is a variable of init's.
  parameters: `CROWD=${crowd}`,
  skip: crowd === undefined
    ? "a dozen starts of redpak take minutes of an emulated machine; REDPAK_CROWD=50 runs fifty nodes"
    : undefined,
  programs: ["strace"],
});
