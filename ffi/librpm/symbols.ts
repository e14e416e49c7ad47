/** The functions of librpm and librpmio that are used. All are in every version from 4.14.3 on; an `rpmts` is an address. */
export const SYMBOLS = {
  /** `const char * const RPMVERSION` */
  RPMVERSION: { type: "usize" },
  /** `int rpmReadConfigFiles(const char *file, const char *target)` */
  rpmReadConfigFiles: { parameters: ["buffer", "buffer"], result: "i32" },
  /** `FILE *rpmlogSetFile(FILE *fp)`: the former one */
  rpmlogSetFile: { parameters: ["usize"], result: "usize" },
  /** `int rpmPushMacro(rpmMacroContext mc, const char *n, const char *o, const char *b, int level)` */
  rpmPushMacro: { parameters: ["usize", "buffer", "buffer", "buffer", "i32"], result: "i32" },
  /** `int rpmPopMacro(rpmMacroContext mc, const char *n)` */
  rpmPopMacro: { parameters: ["usize", "buffer"], result: "i32" },

  /** `rpmts rpmtsCreate(void)` */
  rpmtsCreate: { parameters: [], result: "usize" },
  /** `rpmts rpmtsFree(rpmts ts)` */
  rpmtsFree: { parameters: ["usize"], result: "usize" },
  /** `int rpmtsOpenDB(rpmts ts, int dbmode)` */
  rpmtsOpenDB: { parameters: ["usize", "i32"], result: "i32" },
  /** `rpmdb rpmtsGetRdb(rpmts ts)` */
  rpmtsGetRdb: { parameters: ["usize"], result: "usize" },
  /** `rpmdbMatchIterator rpmtsInitIterator(const rpmts ts, rpmDbiTagVal rpmtag, const void *keyp, size_t keylen)` */
  rpmtsInitIterator: { parameters: ["usize", "i32", "buffer", "usize"], result: "usize" },
  /** `char *rpmdbCookie(rpmdb db)`, malloc'ed */
  rpmdbCookie: { parameters: ["usize"], result: "usize", optional: true },
  /** `Header rpmdbNextIterator(rpmdbMatchIterator mi)`: it belongs to the iterator, and lives until the next call */
  rpmdbNextIterator: { parameters: ["usize"], result: "usize" },
  /** `rpmdbMatchIterator rpmdbFreeIterator(rpmdbMatchIterator mi)` */
  rpmdbFreeIterator: { parameters: ["usize"], result: "usize" },

  /** `const char *headerGetString(Header h, rpmTagVal tag)`: the header's */
  headerGetString: { parameters: ["usize", "i32"], result: "usize" },
  /** `uint64_t headerGetNumber(Header h, rpmTagVal tag)` */
  headerGetNumber: { parameters: ["usize", "i32"], result: "u64" },
  /** `int headerGet(Header h, rpmTagVal tag, rpmtd td, headerGetFlags flags)` */
  headerGet: { parameters: ["usize", "i32", "usize", "u32"], result: "i32" },
  /** `rpmtd rpmtdNew(void)` */
  rpmtdNew: { parameters: [], result: "usize" },
  /** `rpmtd rpmtdFree(rpmtd td)` */
  rpmtdFree: { parameters: ["usize"], result: "usize" },
  /** `void rpmtdFreeData(rpmtd td)` */
  rpmtdFreeData: { parameters: ["usize"], result: "void" },
  /** `const char *rpmtdNextString(rpmtd td)` */
  rpmtdNextString: { parameters: ["usize"], result: "usize" },
} as const satisfies Deno.ForeignLibraryInterface;
