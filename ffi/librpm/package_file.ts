import { Allocation, cText, NULL, readAddress } from "../libc/memory.ts";
import { RPMRC } from "./constants.ts";
import { Header } from "./header.ts";
import { librpm, Log } from "./librpm.ts";
import { RpmError } from "./rpm_error.ts";

/** A header that belongs to whoever holds it. */
export class OwnHeader extends Header implements Disposable {
  /** One that is somebody else's, for longer. */
  static of(header: Header): OwnHeader {
    return new OwnHeader(librpm().headerLink(header.address));
  }

  [Symbol.dispose](): void {
    librpm().headerFree(this.address);
  }
}

/**
 * Reads what a package says of itself. What of that is verified is what the transaction set has been told; what is wrong in
 * any way that librpm sees is an error.
 *
 * @param set an `rpmts`
 * @throws {RpmError} with librpm's reason
 */
export function readPackageFile(set: bigint, path: string): OwnHeader {
  const rpm = librpm();
  const log = new Log();
  const file = rpm.Fopen(cText(path), cText("r.ufdio"));
  if (file === NULL) throw new RpmError("it cannot be opened");
  try {
    if (rpm.Ferror(file) !== 0) throw new RpmError("it cannot be opened");
    using out = new Allocation(8);
    const result = rpm.rpmReadPackageFile(set, file, cText("package"), out.address);
    const address = readAddress(out.address);
    // What nobody here has a key for is judged by who knows which keys count.
    if (address !== NULL && (result === RPMRC.OK || result === RPMRC.NOKEY || result === RPMRC.NOTTRUSTED)) {
      return new OwnHeader(address);
    }
    if (address !== NULL) rpm.headerFree(address);
    if (result === RPMRC.NOTFOUND) throw new RpmError("it is no RPM package");
    log.check();
    throw new RpmError("it is damaged");
  } finally {
    rpm.Fclose(file);
  }
}
