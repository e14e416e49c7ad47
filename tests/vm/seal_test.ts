/** Sealed launchers in a machine with a pure version 2 tree. */
import { testMachine } from "./_scenarios.ts";

await testMachine({ scripts: ["seal.sh"] });
