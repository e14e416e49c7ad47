/** File systems of the host while nodes run: what is unmounted there is gone. */
import assert from "node:assert/strict";
import { exec, PATH, REDPAK, redpak, rootTest, Scratch, SYSTEM } from "./_node.ts";

/** A process, its children and theirs. */
function family(pid: number): number[] {
  const children = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean);
  return [pid, ...children.flatMap((child) => family(Number(child)))];
}

/** Those of the processes whose mount namespace has something mounted at a path. */
function holders(path: string, pids: readonly number[]): number[] {
  return pids.filter((pid) => Deno.readTextFileSync(`/proc/${pid}/mountinfo`).includes(` ${path} `));
}

for (const kind of ["unsealed", "sealed"]) {
  rootTest(`what is unmounted on the host is not kept by ${kind} nodes that run`, async () => {
    using scratch = new Scratch();
    const node = scratch.node("n", SYSTEM + PATH);
    const place = `${scratch.path}/disk`;
    Deno.mkdirSync(place);
    const program = ["sh", "-c", "echo ready; read line"];
    const launcher = `${scratch.path}/launcher`;
    if (kind === "sealed") assert.equal(redpak(["seal", node, "--output", launcher, "--", ...program]).code, 0);
    const [command, args] = kind === "sealed" ? [launcher, []] : [REDPAK, ["run", node, "--", ...program]];

    assert.equal(exec("mount", ["-t", "tmpfs", "none", place]).code, 0);
    const child = new Deno.Command(command, { args, stdin: "piped", stdout: "piped" }).spawn();
    try {
      const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
      assert.equal((await reader.read()).value, "ready\n");
      await reader.cancel();
      assert.equal(holders(place, [Deno.pid]).length, 1);
    } finally {
      assert.equal(exec("umount", [place]).code, 0);
    }
    const processes = family(child.pid);
    assert.equal(processes.length, 3);
    assert.deepEqual(holders(place, processes), []);
    await child.stdin.close();
    await child.status;
  });
}
