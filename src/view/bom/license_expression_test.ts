import assert from "node:assert/strict";
import { isLicenseExpression } from "./license_expression.ts";

Deno.test("licence expressions are told from licences in other words", () => {
  for (
    const text of [
      "MIT",
      "GPL-2.0-or-later",
      "GPL-2.0+",
      "GPL-2.0",
      "MIT AND (Apache-2.0 OR GPL-3.0-only WITH Classpath-exception-2.0)",
      "((MIT))",
      "LicenseRef-Fedora-Public-Domain OR DocumentRef-a:LicenseRef-b",
    ]
  ) assert(isLicenseExpression(text), text);
  for (
    const text of [
      "",
      "GPLv2+",
      "mit",
      "MIT and ISC",
      "MIT ISC",
      "MIT AND",
      "AND MIT",
      "(MIT",
      "MIT)",
      "(MIT) (ISC)",
      "()",
      ")MIT(",
      "MIT WITH",
      "MIT WITH MIT",
      "WITH Classpath-exception-2.0",
      "constructor",
      "LicenseRef-",
      "LicenseRef-a_b",
      "(".repeat(20_000),
    ]
  ) assert(!isLicenseExpression(text), text);
});
