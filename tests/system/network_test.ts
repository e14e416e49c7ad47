/** What `redpak help network` tells people to do, done in network namespaces of its own: the host's network is not touched. */
import assert from "node:assert/strict";
import { exec, PATH, REDPAK, redpak, rootTest, Scratch, SYSTEM } from "./_node.ts";

/** The commands of the topic, a text for each recipe, in its order. */
function recipes(): string[] {
  const paragraphs = redpak(["help", "network"]).stdout.split("\n\n");
  return paragraphs.filter((text) => text.startsWith("    ")).map((text) => text.replaceAll(/^ {4}/gm, ""));
}

/**
 * What the checks are written in: `listen NODE PORT` has a node answer with its name, `reaches WHO ADDRESS PORT NAME` asks
 * for it from a node, from a namespace of ip netns or from the host, which is the outermost one.
 */
const WORDS = `
  records() { ls /run/redpak 2>/dev/null | wc -l; }
  listen() {
    running=$(records)
    "$redpak" run "$nodes/$1" -- sh -c "while :; do echo $1 | busybox nc -l -p $2; done" &
    until [ $(records) -gt $running ]; do sleep 0.05; done
  }
  ask='for try in $(seq 50); do busybox nc -w 2 "$0" "$1" </dev/null && exit; sleep 0.2; done; exit 1'
  say() { echo "$@" >&2; exit 1; }
  from() {
    case $1 in
      host) sh -c "$ask" "$2" "$3" ;;
      netns=*) ip netns exec "\${1#*=}" sh -c "$ask" "$2" "$3" ;;
      *) "$redpak" run "$nodes/$1" -- sh -c "$ask" "$2" "$3" ;;
    esac
  }
  reaches() { [ "$(from $1 $2 $3)" = "$4" ] || say "$1 does not reach $4 at $2"; }
`;

/** Runs a recipe and a check of it as a host of its own: with its network and its named namespaces. */
function perform(recipe: string, check: string, { before = "", nodes }: { before?: string; nodes: Scratch }): void {
  const script = `set -e
    mount --make-rprivate /; mount -t tmpfs run /run; ip link set lo up
    nodes=$1 redpak=$2
    ${WORDS}
    ${before}
    PATH="$(dirname "$redpak"):$PATH"
    ${recipe}
    ${check}`;
  // With a PID namespace, everything ends with the script.
  const args = ["--net", "--mount", "--pid", "--fork", "--mount-proc", "sh", "-c", script, "sh", nodes.path, REDPAK];
  const { code, stdout, stderr } = exec("timeout", ["-s", "KILL", "120", "unshare", ...args]);
  assert.equal(code, 0, stdout + stderr);
}

/** Whether the kernel has a kind of interface; the reason why not is printed. */
function has(kind: string, type: string): boolean {
  const { code, stderr } = exec("unshare", ["--net", "sh", "-c", `ip link add up0 type bridge; ip link add ${type}`]);
  if (code !== 0) console.log(`skipped: the recipe of ${kind}: this kernel has none: ${stderr.trim()}`);
  return code === 0;
}

const KINDS = {
  veth: has("veth", "v0 type veth peer name v1"),
  bridge: has("bridge", "b0 type bridge"),
  macvlan: has("macvlan", "link up0 name m0 type macvlan mode bridge"),
};

function recipeTest(name: string, kinds: readonly (keyof typeof KINDS)[], body: () => void): void {
  if (kinds.every((kind) => KINDS[kind])) rootTest(name, body);
}

function joining(...names: readonly string[]): Scratch {
  const nodes = new Scratch();
  for (const name of names) nodes.node(name, `${SYSTEM}${PATH}  share_net: /run/netns/${name}\n`);
  return nodes;
}

Deno.test("the topic has four recipes, of commands of the host's tools", () => {
  assert.equal(recipes().length, 4);
  for (const line of recipes().join("\n").split("\n")) assert.match(line, /^ *(ip|nsenter|for|done|pid=)/);
});

recipeTest("by the recipe of veth, a node and the host reach each other", ["veth"], () => {
  using nodes = joining("web");
  const check = `listen web 8080; reaches host 10.88.0.2 8080 web
    (while :; do echo host | busybox nc -l -p 8081; done) & reaches web 10.88.0.1 8081 host`;
  perform(recipes()[0]!, check, { nodes });
});

recipeTest(
  "by the recipe of a bridge, two nodes reach each other, and the host reaches them",
  ["veth", "bridge"],
  () => {
    using nodes = joining("node2", "node3");
    const check = `listen node2 8080; listen node3 8080
    reaches node2 10.88.1.3 8080 node3; reaches node3 10.88.1.2 8080 node2; reaches host 10.88.1.3 8080 node3`;
    perform(recipes()[1]!, check, { nodes });
  },
);

recipeTest("by the recipe of macvlan, a node is in the host's network", ["veth", "macvlan"], () => {
  using nodes = joining("lan");
  const before = `ip netns add neighbour; ip link add eth0 type veth peer name eth0 netns neighbour; ip link set eth0 up
    ip -n neighbour addr add 192.168.88.1/24 dev eth0; ip -n neighbour link set eth0 up`;
  perform(recipes()[2]!, "listen lan 8080; reaches netns=neighbour 192.168.88.9 8080 lan", { before, nodes });
});

recipeTest("by the recipe for a node that runs, it gets an interface", ["veth"], () => {
  using nodes = new Scratch();
  nodes.node("late", SYSTEM + PATH);
  perform(recipes()[3]!, "reaches host 10.88.2.2 8080 late", { before: "listen late 8080", nodes });
});
