import assert from "node:assert/strict";
import { type HostState, hostState, leftBehind, PATH, REDPAK, redpak, rootTest, Scratch, SYSTEM } from "./_node.ts";

/** Processes end a moment after their parents saw it. */
async function nothingLeft(before: HostState): Promise<void> {
  for (let tries = 0; tries < 100 && leftBehind(before).processes.length > 0; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.deepEqual(leftBehind(before), { mounts: [], processes: [], temporary: [] });
}

rootTest("a thousand launches in a row leave nothing behind", async () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  const before = hostState();
  const descriptors = [...Deno.readDirSync("/proc/self/fd")].length;
  for (let launch = 0; launch < 1000; launch++) {
    const { code, stderr } = redpak(["run", node, "--", "true"]);
    assert.equal(code, 0, stderr);
  }
  await nothingLeft(before);
  assert.equal([...Deno.readDirSync("/proc/self/fd")].length, descriptors);
});

rootTest("twenty launches at once leave nothing behind", async () => {
  using scratch = new Scratch();
  const node = scratch.node("n", SYSTEM + PATH);
  const before = hostState();
  const launches = Array.from(
    { length: 20 },
    (_, index) =>
      new Deno.Command(REDPAK, { args: ["run", node, "--", "sh", "-c", `sleep 0.2; exit ${index}`], stdin: "null" })
        .output(),
  );
  const codes = (await Promise.all(launches)).map((output) => output.code);
  assert.deepEqual(codes, Array.from({ length: 20 }, (_, index) => index));
  await nothingLeft(before);
});

rootTest("launches that fail half way leave nothing behind", async () => {
  using scratch = new Scratch();
  const node = scratch.node(
    "n",
    SYSTEM + `  - { mode: Public, mount: /data, path: ${scratch.path} }\n` +
      "  - { mode: Restricted, mount: /usr/no/such/place, path: /etc }\n" + PATH,
  );
  const before = hostState();
  for (let launch = 0; launch < 20; launch++) assert.equal(redpak(["run", node, "--", "true"]).code, 125);
  await nothingLeft(before);
});
