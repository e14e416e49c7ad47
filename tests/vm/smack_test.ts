/** Labels of Smack, with a kernel that has it. */
import { testMachine } from "./_scenarios.ts";

const skip = Deno.env.get("REDPAK_VM_KERNEL") === undefined
  ? "Debian's kernel has no Smack (REDPAK_VM_KERNEL names another)"
  : undefined;

await testMachine({
  name: "Smack",
  scripts: ["smack.sh", "labels.sh"],
  parameters: "lsm=landlock,smack",
  programs: ["setpriv"],
  skip,
});
