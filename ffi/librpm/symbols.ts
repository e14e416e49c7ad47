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
  /** `int rpmtsSetRootDir(rpmts ts, const char *rootDir)` */
  rpmtsSetRootDir: { parameters: ["usize", "buffer"], result: "i32" },
  /** `rpmtransFlags rpmtsSetFlags(rpmts ts, rpmtransFlags transFlags)`: the former ones */
  rpmtsSetFlags: { parameters: ["usize", "u32"], result: "u32" },
  /** `rpmVSFlags rpmtsSetVSFlags(rpmts ts, rpmVSFlags vsflags)`: what is not verified when a package is read */
  rpmtsSetVSFlags: { parameters: ["usize", "u32"], result: "u32" },
  /** `rpmVSFlags rpmtsSetVfyFlags(rpmts ts, rpmVSFlags vfyflags)`: what is not verified before a transaction */
  rpmtsSetVfyFlags: { parameters: ["usize", "u32"], result: "u32" },
  /** `int rpmtsSetVfyLevel(rpmts ts, int vfylevel)`: `RPMSIG_` of what every package must have */
  rpmtsSetVfyLevel: { parameters: ["usize", "i32"], result: "i32" },
  /** `int rpmtsSetKeyring(rpmts ts, rpmKeyring keyring)`: the transaction gets a reference of its own */
  rpmtsSetKeyring: { parameters: ["usize", "usize"], result: "i32" },
  /** `int rpmtsSetNotifyCallback(rpmts ts, rpmCallbackFunction notify, rpmCallbackData notifyData)` */
  rpmtsSetNotifyCallback: { parameters: ["usize", "pointer", "usize"], result: "i32" },
  /** `int rpmtsAddInstallElement(rpmts ts, Header h, const fnpyKey key, int upgrade, rpmRelocation *relocs)` */
  rpmtsAddInstallElement: { parameters: ["usize", "usize", "usize", "i32", "usize"], result: "i32" },
  /** `int rpmtsAddReinstallElement(rpmts ts, Header h, const fnpyKey key)` */
  rpmtsAddReinstallElement: { parameters: ["usize", "usize", "usize"], result: "i32" },
  /** `int rpmtsAddEraseElement(rpmts ts, Header h, int dboffset)`: the number is not used */
  rpmtsAddEraseElement: { parameters: ["usize", "usize", "i32"], result: "i32" },
  /** `int rpmtsOrder(rpmts ts)`: how many elements could not be put into an order */
  rpmtsOrder: { parameters: ["usize"], result: "i32" },
  /** `void rpmtsClean(rpmts ts)` */
  rpmtsClean: { parameters: ["usize"], result: "void" },
  /** `int rpmtsRun(rpmts ts, rpmps okProbs, rpmprobFilterFlags ignoreSet)`: 0; what keeps it from beginning; -1 */
  rpmtsRun: { parameters: ["usize", "usize", "u32"], result: "i32" },
  /** `rpmps rpmtsProblems(rpmts ts)`: a reference for the caller */
  rpmtsProblems: { parameters: ["usize"], result: "usize" },
  /** `rpmps rpmpsFree(rpmps ps)` */
  rpmpsFree: { parameters: ["usize"], result: "usize" },
  /** `rpmpsi rpmpsInitIterator(rpmps ps)` */
  rpmpsInitIterator: { parameters: ["usize"], result: "usize" },
  /** `rpmProblem rpmpsiNext(rpmpsi psi)` */
  rpmpsiNext: { parameters: ["usize"], result: "usize" },
  /** `rpmpsi rpmpsFreeIterator(rpmpsi psi)` */
  rpmpsFreeIterator: { parameters: ["usize"], result: "usize" },
  /** `char *rpmProblemString(rpmProblem prob)`, malloc'ed */
  rpmProblemString: { parameters: ["usize"], result: "usize" },
  /** `rpmProblemType rpmProblemGetType(rpmProblem prob)` */
  rpmProblemGetType: { parameters: ["usize"], result: "i32" },
  /** `rpmtsi rpmtsiInit(rpmts ts)` */
  rpmtsiInit: { parameters: ["usize"], result: "usize" },
  /** `rpmte rpmtsiNext(rpmtsi tsi, rpmElementTypes types)`; 0: all */
  rpmtsiNext: { parameters: ["usize", "u32"], result: "usize" },
  /** `rpmtsi rpmtsiFree(rpmtsi tsi)` */
  rpmtsiFree: { parameters: ["usize"], result: "usize" },
  /** `rpmElementType rpmteType(rpmte te)` */
  rpmteType: { parameters: ["usize"], result: "u32" },
  /** `const char *rpmteN(rpmte te)` */
  rpmteN: { parameters: ["usize"], result: "usize" },
  /** `const char *rpmteEVR(rpmte te)`; the epoch only where there is one */
  rpmteEVR: { parameters: ["usize"], result: "usize" },
  /** `const char *rpmteA(rpmte te)` */
  rpmteA: { parameters: ["usize"], result: "usize" },
  /** `int rpmteFailed(rpmte te)` */
  rpmteFailed: { parameters: ["usize"], result: "i32" },
  /** `rpmRC rpmReadPackageFile(rpmts ts, FD_t fd, const char *fn, Header *hdrp)`: the header is the caller's */
  rpmReadPackageFile: { parameters: ["usize", "usize", "buffer", "usize"], result: "i32" },
  /** `FD_t Fopen(const char *path, const char *fmode)` */
  Fopen: { parameters: ["buffer", "buffer"], result: "usize" },
  /** `int Fclose(FD_t fd)` */
  Fclose: { parameters: ["usize"], result: "i32" },
  /** `int Ferror(FD_t fd)` */
  Ferror: { parameters: ["usize"], result: "i32" },

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

  /** `int rpmInitCrypto(void)` */
  rpmInitCrypto: { parameters: [], result: "i32" },
  /** `DIGEST_CTX rpmDigestInit(int hashalgo, rpmDigestFlags flags)`: NULL for an algorithm that is not known */
  rpmDigestInit: { parameters: ["i32", "u32"], result: "usize" },
  /** `int rpmDigestUpdate(DIGEST_CTX ctx, const void *data, size_t len)` */
  rpmDigestUpdate: { parameters: ["usize", "buffer", "usize"], result: "i32" },
  /** `int rpmDigestFinal(DIGEST_CTX ctx, void **datap, size_t *lenp, int asAscii)`: the text is malloc'ed */
  rpmDigestFinal: { parameters: ["usize", "buffer", "buffer", "i32"], result: "i32" },

  /** `int rpmvercmp(const char *a, const char *b)`: -1, 0, 1 */
  rpmvercmp: { parameters: ["buffer", "buffer"], result: "i32" },

  /** `Header headerLink(Header h)` */
  headerLink: { parameters: ["usize"], result: "usize" },
  /** `Header headerFree(Header h)`: gives a reference back */
  headerFree: { parameters: ["usize"], result: "usize" },
  /** `const char *headerGetString(Header h, rpmTagVal tag)`: the header's */
  headerGetString: { parameters: ["usize", "i32"], result: "usize" },
  /** `uint64_t headerGetNumber(Header h, rpmTagVal tag)` */
  headerGetNumber: { parameters: ["usize", "i32"], result: "u64" },
  /** `char *headerFormat(Header h, const char *fmt, errmsg_t *errmsg)`, malloc'ed; variadic it is not */
  headerFormat: { parameters: ["usize", "buffer", "buffer"], result: "usize" },
  /** `void *headerExport(Header h, unsigned int *bsize)`, malloc'ed */
  headerExport: { parameters: ["usize", "buffer"], result: "usize" },
  /** `int headerGet(Header h, rpmTagVal tag, rpmtd td, headerGetFlags flags)` */
  headerGet: { parameters: ["usize", "i32", "usize", "u32"], result: "i32" },
  /** `rpmtd rpmtdNew(void)` */
  rpmtdNew: { parameters: [], result: "usize" },
  /** `rpmtd rpmtdFree(rpmtd td)` */
  rpmtdFree: { parameters: ["usize"], result: "usize" },
  /** `void rpmtdFreeData(rpmtd td)` */
  rpmtdFreeData: { parameters: ["usize"], result: "void" },
  /** `int rpmtdNext(rpmtd td)`: its index, -1 at the end */
  rpmtdNext: { parameters: ["usize"], result: "i32" },
  /** `uint64_t rpmtdGetNumber(rpmtd td)` */
  rpmtdGetNumber: { parameters: ["usize"], result: "u64" },
  /** `const char *rpmtdNextString(rpmtd td)` */
  rpmtdNextString: { parameters: ["usize"], result: "usize" },
} as const satisfies Deno.ForeignLibraryInterface;
