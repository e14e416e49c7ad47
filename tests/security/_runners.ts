/** Ways to start the probe in a sandbox, each showing it the same directories. */
import { exec, exists, PATH, REDPAK, SYSTEM } from "../system/_node.ts";
import type { Scene } from "./_scene.ts";

/** Makes what a sandbox needs in the scene, and gives the command that starts a program, the probe, in it. */
export type Runner = (scene: Scene, program: readonly string[]) => string[];

const SHOWN = ["/usr", "/bin", "/lib", "/lib64"].filter(exists);

export function redpakNode(scene: Scene, config = ""): string {
  const exports = `${SYSTEM}  - { mode: Public, mount: /data, path: ${scene.data} }
  - { mode: Restricted, mount: /ro, path: ${scene.readOnly} }
  - { mode: RestrictedFile, mount: /probe, path: ${scene.probe} }
`;
  return scene.scratch.node("n", exports + PATH + config);
}

/** With what is there by default. */
export const redpak: Runner = (scene, program) => [REDPAK, "run", redpakNode(scene), "--", ...program];

export const redpakStrict: Runner = (
  scene,
  program,
) => [REDPAK, "run", redpakNode(scene, "  profile: strict\n"), "--", ...program];

/** The tightest that its manual page has, short of a filter, which it takes and does not make. */
export const bwrap: Runner = (scene, program) => [
  ...["bwrap", "--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL", "--clearenv"],
  ...["--new-session", "--die-with-parent", "--setenv", "PATH", "/usr/bin:/bin"],
  ...SHOWN.flatMap((path) => ["--ro-bind", path, path]),
  ...["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--bind", scene.data, "/data"],
  ...["--ro-bind", scene.readOnly, "/ro", "--ro-bind", scene.probe, "/probe", "--", ...program],
];

/** What `crun spec` writes, with the same directories and without a terminal. */
export const crun: Runner = (scene, program) => {
  const bundle = `${scene.scratch.path}/bundle`;
  Deno.mkdirSync(`${bundle}/rootfs`, { recursive: true });
  exec("crun", ["spec"], { cwd: bundle });
  const spec = JSON.parse(Deno.readTextFileSync(`${bundle}/config.json`));
  spec.process.terminal = false;
  spec.process.args = program;
  const bind = (destination: string, source: string, ...options: string[]) =>
    spec.mounts.push({ destination, source, type: "none", options: ["rbind", ...options] });
  for (const path of SHOWN) bind(path, path, "ro");
  bind("/data", scene.data);
  bind("/ro", scene.readOnly, "ro");
  bind("/probe", scene.probe, "ro");
  spec.mounts.push({ destination: "/tmp", source: "tmpfs", type: "tmpfs" });
  Deno.writeTextFileSync(`${bundle}/config.json`, JSON.stringify(spec));
  const state = `${scene.scratch.path}/state`;
  // It refuses machines with control groups of both versions: it sees those of version 2, in a mount namespace of its own.
  return [
    ...["unshare", "--mount", "sh", "-c", 'mount -t cgroup2 none /sys/fs/cgroup && exec "$@"', "sh"],
    ...["crun", "--root", state, "--cgroup-manager=disabled", "run", "--bundle", bundle, `redpak-${Deno.pid}`],
  ];
};
