import { changePackages } from "../change_packages.ts";
import type { Invocation, Output } from "../invocation.ts";

/** `redpak install`. */
export function install(invocation: Invocation<"install">): Promise<Output> {
  return changePackages("install", invocation);
}

/** `redpak remove`. */
export function remove(invocation: Invocation<"remove">): Promise<Output> {
  return changePackages("remove", invocation);
}

/** `redpak update`. */
export function update(invocation: Invocation<"update">): Promise<Output> {
  return changePackages("update", invocation);
}

/** `redpak downgrade`. */
export function downgrade(invocation: Invocation<"downgrade">): Promise<Output> {
  return changePackages("downgrade", invocation);
}

/** `redpak reinstall`. */
export function reinstall(invocation: Invocation<"reinstall">): Promise<Output> {
  return changePackages("reinstall", invocation);
}

/** `redpak autoremove`. */
export function autoremove(invocation: Invocation<"autoremove">): Promise<Output> {
  return changePackages("autoremove", invocation);
}
