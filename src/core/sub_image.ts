import { type Image, scanImage } from "./image.ts";

/** A directory of an image as an image of its own: what a program sees that has it as its root directory. */
export function subImage(image: Image, directory: string): Image {
  const inside = (path: string) => directory === "/" ? path : path === "/" ? directory : directory + path;
  return {
    lookUp: (path) => image.lookUp(inside(path)),
    list: (path) => image.list(inside(path)),
    scan: (path) => scanImage(image, inside(path)),
    read: (path, ...rest) => image.read(inside(path), ...rest),
  };
}
