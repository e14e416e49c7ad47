import assert from "node:assert/strict";

/**
 * Values of C expressions; macros that these headers do not know yet are left out.
 *
 * @param enums names that the headers define as members of an enum, which the preprocessor cannot ask for
 */
export async function evaluateC(
  headers: string,
  expressions: Readonly<Record<string, string>>,
  enums: ReadonlySet<string>,
): Promise<Map<string, number>> {
  const lines = Object.entries(expressions).map(([name, expression]) => {
    const print = `printf("%s %lld\\n", "${name}", (long long)(${expression}));`;
    return /^[A-Z]\w*$|^__NR_/.test(expression) && !enums.has(expression)
      ? `#ifdef ${expression}\n${print}\n#endif`
      : print;
  });
  const directory = Deno.makeTempDirSync({ prefix: "redpak-test-" });
  try {
    Deno.writeTextFileSync(`${directory}/a.c`, `${headers}\nint main(void) {\n${lines.join("\n")}\n}\n`);
    const compiled = await new Deno.Command("gcc", { args: ["-o", `${directory}/a`, `${directory}/a.c`] }).output();
    assert(compiled.success, new TextDecoder().decode(compiled.stderr));
    const { stdout } = await new Deno.Command(`${directory}/a`).output();
    return new Map(
      new TextDecoder().decode(stdout).trim().split("\n").map((line) => {
        const [name = "", value] = line.split(" ");
        return [name, Number(value)];
      }),
    );
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}
