/** Something that librpm could not do. Who called it knows the object, and makes a RedpakError of it. */
export class RpmError extends Error {
  override readonly name = "RpmError";
}
