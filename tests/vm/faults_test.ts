/** The clock and the limits of a whole machine. */
import { testMachine } from "./_scenarios.ts";

await testMachine({ scripts: ["faults.sh"] });
