/** Limits of nodes in a machine with a pure version 2 tree. */
import { testScenarios } from "./_scenarios.ts";

await testScenarios("cgroups.sh");
