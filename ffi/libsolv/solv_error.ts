/** Something that libsolv could not do. Who called it knows the object, and makes a RedpakError of it. */
export class SolvError extends Error {
  override readonly name = "SolvError";
}
