/** Limits of what nodes read from a disk and write to it. */
import { testMachine } from "./_scenarios.ts";

await testMachine({ scripts: ["disks.sh"], disk: 64 * 2 ** 20 });
