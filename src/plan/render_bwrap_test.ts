import * as assert from "node:assert/strict";
import type { BwrapLaunch } from "./bwrap_arguments.ts";
import { renderBwrapLine, renderBwrapLines, renderBwrapScript } from "./render_bwrap.ts";

const NAMES = { bwrap: "/usr/bin/bwrap", invokedAs: "redwrap" };

const LAUNCH: BwrapLaunch = {
  before: [],
  options: ["--tmpfs", "/tmp", "--setenv", "NAME", "value with spaces", "--unshare-user"],
  program: ["sh", "-c", "echo it's"],
  files: [],
  commands: [],
  directories: [],
  inheritEnvironment: true,
};

Deno.test("--dump-only begins a line with every option, the program's included", () => {
  assert.equal(
    renderBwrapLines(LAUNCH, NAMES),
    "DUMP: /usr/bin/bwrap (as redwrap)\n  --tmpfs /tmp\n  --setenv NAME value with spaces\n  --unshare-user sh\n  -c echo it's\n",
  );
});

Deno.test("--dump is one line", () => {
  assert.equal(
    renderBwrapLine(LAUNCH, NAMES),
    "DUMP: /usr/bin/bwrap (as redwrap) --tmpfs /tmp --setenv NAME value with spaces --unshare-user sh -c echo it's\n",
  );
});

Deno.test("a script makes the sources, quotes each word, separates the program and feeds the descriptors", () => {
  const launch: BwrapLaunch = {
    before: ["nsenter", "--net=/n s"],
    options: ["--file", "3", "/a", "--file", "4", "/b", "--setenv", "A", "-1\u001b[2J'\n"],
    program: ["--bind", "it's"],
    files: [{ descriptor: 3, command: "echo $HOME" }, { descriptor: 4, command: "x", output: "known" }],
    commands: [],
    directories: ["/a b", "/c"],
    inheritEnvironment: false,
  };
  assert.equal(
    renderBwrapScript(launch, "bwrap"),
    String.raw`for source in \
  '/a b' \
  /c
do [ -e "$source" ] || mkdir -p -- "$source"; done
nsenter '--net=/n s' env -i bwrap \
  --file 3 /a \
  --file 4 /b \
  --setenv A $'-1\x1b[2J\x27\x0a' \
  -- --bind 'it'\''s' \
  3< <(bash -r -c 'echo $HOME') \
  4< <(printf %s known)
`,
  );
});

Deno.test("a script without a program runs sh with the launcher's environment", () => {
  const script = renderBwrapScript({ ...LAUNCH, options: [], program: [] }, "bwrap");
  assert.equal(script, "bwrap \\\n  -- sh\n");
});
