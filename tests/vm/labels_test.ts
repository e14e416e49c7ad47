/** Labels in machines with the security modules that give them, and nodes where nothing can be written. */
import { testMachine } from "./_scenarios.ts";

/** Policies are compiled here: that needs no kernel with the security module, and nothing in the machine. */
async function compile(command: string, source: string): Promise<{ policy: Uint8Array<ArrayBuffer> }> {
  const policy = new URL(`policy/${source}`, import.meta.url).pathname;
  const output = Deno.makeTempFileSync();
  try {
    const args = ["-ec", command, "sh", policy, output];
    const { success, stderr } = await new Deno.Command("sh", { args }).output();
    if (!success) throw new Error(`no policy: ${new TextDecoder().decode(stderr)}`);
    return { policy: Deno.readFileSync(output) };
  } finally {
    Deno.removeSync(output);
  }
}

await testMachine(
  {
    name: "AppArmor",
    scripts: ["apparmor.sh", "labels.sh", "exec_labels.sh", "read_only.sh"],
    parameters: "lsm=landlock,apparmor",
  },
  () => compile('/sbin/apparmor_parser --skip-kernel-load --skip-cache --stdout "$1" >"$2"', "apparmor"),
);

await testMachine(
  { name: "SELinux", scripts: ["selinux.sh", "labels.sh", "exec_labels.sh"], parameters: "lsm=landlock,selinux" },
  () => compile('checkpolicy -M -U allow -c 33 -o "$2" "$1"', "selinux.conf"),
);
