import assert from "node:assert/strict";
import { formatPosition, type Position, RedpakError } from "../../core/error.ts";
import { ScratchFamily } from "./_scratch_family.ts";

const GPGCHECK = (value: boolean) => ({ "etc/redpak.yaml": `headers:\n  alias: a\nconfig:\n  gpgcheck: ${value}\n` });

/** `code file:line:column` of everything that is wrong, files relative to the family. */
async function refusals(family: ScratchFamily, node: string): Promise<string[]> {
  try {
    await family.repositories(node);
  } catch (error) {
    assert(error instanceof RedpakError, String(error));
    return error.problems.map(({ code, where }) =>
      `${code} ${where === undefined ? "" : formatPosition(where).replace(`${family.path}/`, "")}`.trim()
    );
  }
  return [];
}

Deno.test("a node has its own repositories and those of its ancestors, the nearest of each name", async () => {
  using family = new ScratchFamily({
    "root": {
      "etc/yum.repos.d/all.repo": "[base]\nbaseurl=/base\npriority=7\ngpgkey=/key\n[updates]\nbaseurl=/updates\n",
      "etc/yum.repos.d/.hidden.repo": "[x]\n",
      "etc/yum.repos.d/readme.txt": "nothing\n",
    },
    "root/plain": {},
    "root/plain/leaf": { "etc/yum.repos.d/own.repo": "[base]\nname=Mine\nbaseurl=/mine\n[own]\nbaseurl=/own\n" },
  });
  const { repositories } = await family.repositories("root/plain/leaf");
  assert.deepEqual(
    repositories.map(({ id, name, node, baseUrls, priority }) => [id, name, node, baseUrls, priority]),
    [
      // Nothing of the ancestor's is mixed into it.
      ["base", "Mine", `${family.path}/root/plain/leaf`, ["file:///mine"], 99],
      ["own", "own", `${family.path}/root/plain/leaf`, ["file:///own"], 99],
      ["updates", "updates", `${family.path}/root`, ["file:///updates"], 99],
    ],
  );
  assert.deepEqual((await family.repositories("root")).repositories.map(({ id }) => id), ["base", "updates"]);
});

Deno.test("what nothing is said about is as in dnf, but for packages: they must be signed", async () => {
  using family = new ScratchFamily({ n: { "etc/yum.repos.d/a.repo": "[a]\nbaseurl=/a\n" } });
  const [{ where: _, node: __, transfer, ...repository } = assert.fail()] =
    (await family.repositories("n")).repositories;
  assert.deepEqual(repository, {
    id: "a",
    name: "a",
    enabled: true,
    baseUrls: ["file:///a"],
    mirrorlist: undefined,
    metalink: undefined,
    gpgcheck: true,
    repoGpgcheck: false,
    gpgKeys: [],
    priority: 99,
    cost: 1000,
    includes: [],
    excludes: [],
    metadataExpire: 172_800,
    skipIfUnavailable: false,
  });
  assert.deepEqual([transfer.timeout, transfer.minRate, transfer.retries], [30, 1000, 4]);
});

for (
  const [what, parent, child, checks, wrong] of [
    ["gpgcheck=0 where nobody says anything", {}, "gpgcheck=0", false, []],
    ["gpgcheck=0 with gpgcheck: false", GPGCHECK(false), "gpgcheck=0", false, []],
    ["nothing with gpgcheck: false", GPGCHECK(false), "", false, []],
    ["gpgcheck=1 with gpgcheck: false", GPGCHECK(false), "gpgcheck=1", true, []],
    ["nothing with gpgcheck: true", GPGCHECK(true), "", true, []],
    ["gpgcheck=0 with gpgcheck: true", GPGCHECK(true), "gpgcheck=0", true, [
      "E_LOOSENED_GPGCHECK p/c/etc/yum.repos.d/a.repo:3:10",
    ]],
    ["disabled, gpgcheck=0 with gpgcheck: true", GPGCHECK(true), "gpgcheck=0\nenabled=0", false, []],
    [
      "gpgcheck=0 in the place of one that checks",
      { "etc/yum.repos.d/p.repo": "[a]\nbaseurl=/p\n" },
      "gpgcheck=0",
      true,
      ["E_LOOSENED_GPGCHECK p/c/etc/yum.repos.d/a.repo:3:10"],
    ],
    [
      "gpgcheck=0 in the place of one that does not",
      { "etc/yum.repos.d/p.repo": "[a]\nbaseurl=/p\ngpgcheck=0\n" },
      "gpgcheck=0",
      false,
      [],
    ],
    [
      "nothing in the place of one with repo_gpgcheck",
      { "etc/yum.repos.d/p.repo": "[a]\nbaseurl=/p\nrepo_gpgcheck=1\n" },
      "",
      true,
      ["E_LOOSENED_REPO_GPGCHECK p/c/etc/yum.repos.d/a.repo:1:2"],
    ],
    [
      "repo_gpgcheck=1 in the place of the same",
      { "etc/yum.repos.d/p.repo": "[a]\nbaseurl=/p\nrepo_gpgcheck=1\n" },
      "repo_gpgcheck=1",
      true,
      [],
    ],
  ] as const
) {
  Deno.test(`a child's repository says ${what}: ${wrong.length > 0 ? "refused" : checks ? "checked" : "unchecked"}`, async () => {
    using family = new ScratchFamily({
      "p": parent,
      "p/c": { "etc/yum.repos.d/a.repo": `[a]\nbaseurl=/a\n${child}\n` },
    });
    assert.deepEqual(await refusals(family, "p/c"), [...wrong]);
    if (wrong.length > 0) return;
    assert.equal((await family.repositories("p/c")).repositories[0]?.gpgcheck, checks);
  });
}

Deno.test("a child's gpgcheck: false undoes no ancestor's true", async () => {
  using family = new ScratchFamily({
    "p": GPGCHECK(true),
    "p/c": { ...GPGCHECK(false), "etc/yum.repos.d/a.repo": "[a]\nbaseurl=/a\n[b]\nbaseurl=/b\ngpgcheck=0\n" },
  });
  assert.deepEqual(await refusals(family, "p/c"), ["E_LOOSENED_GPGCHECK p/c/etc/yum.repos.d/a.repo:5:10"]);
});

Deno.test("what the host policy says about signatures holds for every family", async () => {
  using family = new ScratchFamily({
    n: { ...GPGCHECK(false), "etc/yum.repos.d/a.repo": "[a]\nbaseurl=/a\n" },
    m: { "etc/yum.repos.d/a.repo": "[a]\nbaseurl=/a\ngpgcheck=0\n" },
  });
  const policy = { file: "/etc/redpak/policy.yaml", line: 3, column: 5 };
  const of = async (outermost?: Position) => (await family.repositories("n", "x86_64", outermost)).repositories;
  assert.deepEqual((await of()).map(({ gpgcheck }) => gpgcheck), [false]);
  assert.deepEqual((await of(policy)).map(({ gpgcheck }) => gpgcheck), [true]);
  await assert.rejects(family.repositories("m", "x86_64", policy), (error: RedpakError) => {
    const [problem] = error.problems;
    assert.deepEqual([problem?.code, problem?.limit], ["E_LOOSENED_GPGCHECK", policy]);
    return true;
  });
});

Deno.test("a node does without a repository of an ancestor by enabled=0", async () => {
  using family = new ScratchFamily({
    "p": { "etc/yum.repos.d/a.repo": "[a]\nbaseurl=/a\nrepo_gpgcheck=1\n" },
    "p/c": { "etc/yum.repos.d/a.repo": "[a]\nenabled=0\n" },
  });
  const { repositories, warnings } = await family.repositories("p/c");
  assert.deepEqual([repositories.map(({ enabled }) => enabled), warnings], [[false], []]);
});

Deno.test("what is wrong with a disabled repository is a warning", async () => {
  using family = new ScratchFamily({
    n: { "etc/yum.repos.d/a.repo": "[a]\nbaseurl=/$nothing\nsslverify=0\nenabled=0\n" },
  });
  const { warnings } = await family.repositories("n");
  assert.deepEqual(warnings.map(({ code }) => code), ["E_REPO_VARIABLE", "E_REPO_SSLVERIFY"]);
});

Deno.test("everything that is wrong is said at once, of ancestors too", async () => {
  using family = new ScratchFamily({
    "p": {
      "etc/yum.repos.d/a.repo": "[a]\nbaseurl=/a\ncost=x\n",
      "etc/yum.repos.d/b.repo": "[a]\nbaseurl=/b\nnonsense\n",
    },
    "p/c": { "etc/yum.repos.d/c.repo": "[c]\nbaseurl=ftp://x\n" },
  });
  assert.deepEqual((await refusals(family, "p/c")).sort(), [
    "E_REPO_SYNTAX p/etc/yum.repos.d/b.repo:3:1",
    "E_REPO_TWICE p/etc/yum.repos.d/b.repo:1:2",
    "E_REPO_VALUE p/c/etc/yum.repos.d/c.repo:2:9",
    "E_REPO_VALUE p/etc/yum.repos.d/a.repo:3:6",
  ]);
});

for (
  const path of ["etc/yum.repos.d", "etc/yum.repos.d/a.repo", "etc/dnf", "etc/dnf/vars", "etc/dnf/vars/x", "usr/lib"]
) {
  Deno.test(`what others can write is not trusted: ${path}`, async () => {
    using family = new ScratchFamily({
      n: {
        "etc/yum.repos.d/a.repo": "[a]\nbaseurl=/$x\n",
        "etc/dnf/vars/x": "x\n",
        "usr/lib/os-release": "VERSION_ID=1\n",
      },
    });
    assert.deepEqual(await refusals(family, "n"), []);
    Deno.chmodSync(`${family.path}/n/${path}`, 0o777);
    assert.deepEqual(await refusals(family, "n"), ["E_NOT_TRUSTED"]);
  });
}

Deno.test("variables: the node's own, then its ancestors'; the version is that of the nearest os-release", async () => {
  const urls = "baseurl=/$releasever/$basearch/$arch/$own/$shared\n";
  using family = new ScratchFamily({
    "p": {
      "etc/dnf/vars/shared": "parent\nsecond line\n",
      "etc/yum/vars/own": "parent\n",
      "usr/lib/os-release": 'ID=x\nVERSION_ID="40"\n',
    },
    "p/c": {
      "etc/dnf/vars/own": " child \n",
      "etc/yum/vars/own": "second\n",
      "etc/dnf/vars/not.a.name": "x",
      "etc/yum.repos.d/a.repo": `[a]\n${urls}`,
    },
  });
  const base = async (architecture: string) =>
    (await family.repositories("p/c", architecture)).repositories[0]?.baseUrls;
  assert.deepEqual(await base("aarch64"), ["file:///40/aarch64/aarch64/child/parent"]);
  assert.deepEqual(await base("i686"), ["file:///40/i386/i686/child/parent"]);
  family.write("p/c/etc/os-release", "VERSION_ID=41\n");
  assert.deepEqual(await base("x86_64"), ["file:///41/x86_64/x86_64/child/parent"]);
  family.write("p/etc/dnf/vars/releasever", "9-stream\n");
  assert.deepEqual(await base("x86_64"), ["file:///9-stream/x86_64/x86_64/child/parent"]);
});
