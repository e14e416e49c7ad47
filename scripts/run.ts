/**
 * Runs a command of the build, its output going where ours goes.
 *
 * @throws {Error} when it fails
 */
export async function run(command: string, args: readonly string[]): Promise<void> {
  const { success, code } = await new Deno.Command(command, { args: [...args], stdin: "null" }).spawn().status;
  if (!success) throw new Error(`Cannot run "${[command, ...args].join(" ").slice(0, 200)}": exit status ${code}`);
}
