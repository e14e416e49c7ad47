import { RedpakError } from "../core/error.ts";
import type { Check } from "../host/host_checks.ts";
import { refuseReplaceable } from "../store/trust.ts";

/** What redpak itself consists of and makes use of on this machine. Needs the read permission. */
export function checkInstallation(uid: number): Check[] {
  return [checkProgram(Deno.execPath(), uid), checkShell(), ...checkLibraries()];
}

function checkProgram(path: string, uid: number): Check {
  const check = { id: "D-PROGRAM", why: "whoever can change redpak decides what it does for whoever starts it" };
  try {
    refuseReplaceable(path, uid);
    return { ...check, status: "ok", seen: `only root and you can change ${path}`, fix: null };
  } catch (error) {
    if (!(error instanceof RedpakError)) throw error;
    return {
      ...check,
      status: "warn",
      seen: error.message,
      fix: `install -o root -m 755 ${path} /usr/local/bin/redpak`,
    };
  }
}

/** What runs commands of configurations. */
const SHELL = "/usr/bin/bash";

function checkShell(): Check {
  const check = { id: "D-SHELL", why: "$(…) and Execfd in configurations; nothing else needs a shell" };
  if (isThere(SHELL)) return { ...check, status: "ok", seen: SHELL, fix: null };
  return {
    ...check,
    status: "info",
    seen: `there is no ${SHELL}`,
    fix: "install bash, or use no commands in configurations",
  };
}

const LIBRARY_DIRECTORIES = ["/usr/lib64", `/usr/lib/${Deno.build.arch}-linux-gnu`, "/usr/lib"];
const LIBRARIES = { "D-RPM": /^librpm\.so\.\d+$/, "D-SOLV": /^libsolv\.so\.\d+$/ } as const;

function checkLibraries(): Check[] {
  return Object.entries(LIBRARIES).map(([id, pattern]): Check => {
    const found = LIBRARY_DIRECTORIES.flatMap((path) => listNames(path).filter((name) => pattern.test(name)));
    const seen = found[0] ?? "not installed";
    return { id, status: found.length > 0 ? "ok" : "info", seen, why: "packages of nodes", fix: null };
  });
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function listNames(path: string): string[] {
  try {
    return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
  } catch {
    return [];
  }
}
