/** Something that librpm could not do. Who called it knows the object, and makes a RedpakError of it. */
export class RpmError extends Error {
  override readonly name: string = "RpmError";
}

/** librpm has looked, and found why it must not be done: nothing of it has been. */
export class RpmRefusal extends RpmError {
  override readonly name = "RpmRefusal";
}
