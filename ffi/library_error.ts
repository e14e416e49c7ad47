import { RedpakError } from "../src/core/error.ts";
import { EXIT } from "../src/core/exit_code.ts";

const INSTALL = [
  "Debian, Ubuntu: apt-get install librpm9 libsolv1 libsolvext1",
  "Fedora, AlmaLinux: dnf install rpm-libs libsolv",
];

/** None of these libraries is there. */
export class LibraryMissing extends RedpakError {
  constructor(names: readonly string[], cause: unknown) {
    super({
      code: "E_LIBRARY_MISSING",
      exit: EXIT.notPermitted,
      message: `Cannot work with packages: this system has no ${names.join(", ")} that can be used`,
      hints: [...INSTALL, "everything but packages works without them"],
      cause,
    });
  }
}

/** A library is there that does not do what is needed. */
export class LibraryUnfit extends RedpakError {
  constructor(name: string, reason: string, cause?: unknown) {
    super({
      code: "E_LIBRARY_UNFIT",
      exit: EXIT.notPermitted,
      message: `Cannot work with packages: ${name} ${reason}`,
      hints: ["redpak works with librpm from 4.14.3 on, and libsolv from 0.7.0 on, built with support for RPM"],
      cause,
    });
  }
}
