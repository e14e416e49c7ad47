import assert from "node:assert/strict";
import { addAccounts, readAccounts } from "./sysusers.ts";

const NOBODY = { users: new Map<string, number>(), groups: new Map<string, number>() };
const ROOT = { passwd: "root:x:0:0:root:/root:/bin/sh\n", group: "root:x:0:\n" };

function made(lines: readonly string[], before = ROOT, taken = NOBODY) {
  const { passwd, group } = addAccounts(before, readAccounts(lines, "x-1-1"), taken);
  return [passwd.slice(before.passwd.length), group.slice(before.group.length)];
}

Deno.test("users and groups get the numbers that they ask for, with the defaults of sysusers.d(5)", () => {
  assert.deepEqual(made(['u web 80 "The web" /srv/web /bin/sh', "u! dav 81:80", "g log 90", "# none", ""]), [
    "web:x:80:80:The web:/srv/web:/bin/sh\ndav:x:81:80::/:/usr/sbin/nologin\n",
    "log:x:90:\nweb:x:80:\n",
  ]);
});

Deno.test("without a number the highest is chosen that is free as user and as group, each time the same", () => {
  const taken = { users: new Map([["a", 999]]), groups: new Map([["b", 998]]) };
  assert.deepEqual(made(["u one -", "g two -", "u three 999"], ROOT, taken), [
    "one:x:996:996::/:/usr/sbin/nologin\nthree:x:995:995::/:/usr/sbin/nologin\n",
    "two:x:997:\none:x:996:\nthree:x:995:\n",
  ]);
});

Deno.test("a user has the number of a group of its name, and the group that it names", () => {
  assert.deepEqual(made(["g web 70", "u web -", "u dav -:web"]), [
    "web:x:70:70::/:/usr/sbin/nologin\ndav:x:999:70::/:/usr/sbin/nologin\n",
    "web:x:70:\n",
  ]);
});

Deno.test("members are added once, and what is missing is made", () => {
  assert.deepEqual(made(["m web log", "m web log", "m dav log"]), [
    "web:x:998:998::/:/usr/sbin/nologin\ndav:x:997:997::/:/usr/sbin/nologin\n",
    "log:x:999:web,dav\nweb:x:998:\ndav:x:997:\n",
  ]);
});

Deno.test("who is there already, here or above, stays as is", () => {
  const before = { passwd: "web:x:5:5::/:/bin/sh\n", group: "web:x:5:\n" };
  assert.deepEqual(made(["u web 80", "g web 80"], before), ["", ""]);
  assert.deepEqual(made(["u web 80"], ROOT, { users: new Map([["web", 5]]), groups: new Map() }), ["", ""]);
});

Deno.test("what would become something else in passwd(5), or another root, is refused", () => {
  for (
    const line of [
      "u toor 0",
      "u a:b 5",
      'u web 5 "x:y"',
      "u web 5 - /srv/%b",
      "u web /etc/passwd",
      "u ../x 5",
      "u web 65535",
      "x web 5",
      "u",
      "m web",
      "u web 5:a:b",
    ]
  ) {
    assert.throws(() => readAccounts([line], "x-1-1"), { code: "E_SYSUSERS" }, line);
  }
});

Deno.test("numbers are chosen as long as there are some", () => {
  const users = new Map(Array.from({ length: 899 }, (_, at) => [`u${at}`, at + 101]));
  assert.throws(() => made(["u web -"], ROOT, { users, groups: new Map() }), { code: "E_SYSUSERS", message: /taken/ });
});
