import { type Image, type ImageEntry, scanImage } from "../../core/image.ts";
import { parentPath } from "../../core/path.ts";
import type { Operation } from "../../plan/operation.ts";

/** An image as it is when a launch has made the directories of the host that its plan says, where they are missing. */
export function withMadeDirectories(image: Image, operations: readonly Operation[]): Image {
  const made = new Set<string>();
  for (const operation of operations) {
    if (operation.operation !== "ensure-directory") continue;
    for (let path = operation.path; path !== "/"; path = parentPath(path)) made.add(path);
  }
  if (made.size === 0) return image;
  const entry: ImageEntry = { kind: "directory", mode: 0o755, uid: 0, gid: 0, size: 0 };
  return {
    lookUp: (path) => image.lookUp(path) ?? (made.has(path) ? entry : undefined),
    list: (path) => image.lookUp(path) === undefined ? [] : image.list(path),
    // What is made is not listed either.
    scan: (path) => image.lookUp(path) === undefined ? NOTHING : scanImage(image, path),
    read: (...request) => image.read(...request),
  };
}

const NOTHING: ReadonlyMap<string, ImageEntry> = new Map();
