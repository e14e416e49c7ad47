/** What `audit` finds of limits that somebody changes, and nothing where nobody does. */
import { testMachine } from "./_scenarios.ts";

await testMachine({ scripts: ["audit.sh"] });
