/** What `audit` finds of limits that somebody changes, and nothing where nobody does. */
import { testScenarios } from "./_scenarios.ts";

await testScenarios("audit.sh");
