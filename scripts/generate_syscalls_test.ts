import * as assert from "node:assert/strict";
import { HEADERS, readHeader, SYSCALL_TABLE } from "./generate_syscalls.ts";

const table: Record<string, Record<string, number>> = JSON.parse(Deno.readTextFileSync(SYSCALL_TABLE));

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

for (const architecture of ["x86_64", "aarch64"] as const) {
  const file = HEADERS[architecture];
  Deno.test({
    name: `the table of system calls is that of the kernel's headers for ${architecture}`,
    ignore: !exists(file),
    async fn() {
      const calls = table[architecture]!;
      const header = await readHeader(architecture, file);
      // Either may be the newer one.
      const end = Math.min(...[calls, header].map((numbers) => Math.max(...Object.values(numbers))));
      const early = (numbers: Record<string, number>) => Object.entries(numbers).filter(([, number]) => number <= end);
      assert.ok(end >= 424, `the headers end at ${end}`);
      const missing = early(header).filter(([name, number]) => calls[name] !== number);
      assert.deepEqual(missing, [], "run scripts/generate_syscalls.ts");
      // What a newer kernel adds lies at the end, or in gaps below the numbers that all architectures share.
      const added = early(calls).filter(([name, number]) => header[name] !== number && number >= 424);
      assert.deepEqual(added, []);
    },
  });
}

Deno.test("system calls from 424 on have the same number everywhere", () => {
  const common = (architecture: string) => Object.entries(table[architecture]!).filter(([, number]) => number >= 424);
  assert.deepEqual(common("x86_64"), common("aarch64"));
});
