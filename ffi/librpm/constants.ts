/** Constants of librpm's headers; `tests/system/package_constants_test.ts` compares each with what a C compiler says. */

/** `rpm/rpmtag.h`. Those from 5000 on are computed from others. */
export const RPMTAG = {
  SHA256HEADER: 273,
  NAME: 1000,
  VERSION: 1001,
  RELEASE: 1002,
  EPOCH: 1003,
  SUMMARY: 1004,
  DESCRIPTION: 1005,
  BUILDTIME: 1006,
  INSTALLTIME: 1008,
  VENDOR: 1011,
  LICENSE: 1014,
  URL: 1020,
  ARCH: 1022,
  PREIN: 1023,
  POSTIN: 1024,
  PREUN: 1025,
  POSTUN: 1026,
  FILESIZES: 1028,
  FILESTATES: 1029,
  FILEMODES: 1030,
  FILERDEVS: 1033,
  FILEDIGESTS: 1035,
  FILELINKTOS: 1036,
  FILEFLAGS: 1037,
  FILEUSERNAME: 1039,
  FILEGROUPNAME: 1040,
  SOURCERPM: 1044,
  PROVIDENAME: 1047,
  TRIGGERSCRIPTS: 1065,
  TRIGGERNAME: 1066,
  TRIGGERVERSION: 1067,
  TRIGGERFLAGS: 1068,
  TRIGGERINDEX: 1069,
  PREINPROG: 1085,
  POSTINPROG: 1086,
  PREUNPROG: 1087,
  POSTUNPROG: 1088,
  TRIGGERSCRIPTPROG: 1092,
  INSTPREFIXES: 1099,
  PROVIDEFLAGS: 1112,
  PROVIDEVERSION: 1113,
  DIRINDEXES: 1116,
  BASENAMES: 1117,
  DIRNAMES: 1118,
  PRETRANS: 1151,
  POSTTRANS: 1152,
  PRETRANSPROG: 1153,
  POSTTRANSPROG: 1154,
  FILENAMES: 5000,
  LONGFILESIZES: 5008,
  LONGSIZE: 5009,
  FILECAPS: 5010,
  FILEDIGESTALGO: 5011,
  PREINFLAGS: 5020,
  POSTINFLAGS: 5021,
  PREUNFLAGS: 5022,
  POSTUNFLAGS: 5023,
  PRETRANSFLAGS: 5024,
  POSTTRANSFLAGS: 5025,
  TRIGGERSCRIPTFLAGS: 5027,
  INSTFILENAMES: 5040,
  REQUIRENEVRS: 5041,
  PROVIDENEVRS: 5042,
  OBSOLETENEVRS: 5043,
  CONFLICTNEVRS: 5044,
  RECOMMENDNEVRS: 5058,
  FILETRIGGERSCRIPTS: 5066,
  FILETRIGGERSCRIPTPROG: 5067,
  FILETRIGGERSCRIPTFLAGS: 5068,
  FILETRIGGERNAME: 5069,
  FILETRIGGERINDEX: 5070,
  FILETRIGGERFLAGS: 5072,
  TRANSFILETRIGGERSCRIPTS: 5076,
  TRANSFILETRIGGERSCRIPTPROG: 5077,
  TRANSFILETRIGGERSCRIPTFLAGS: 5078,
  TRANSFILETRIGGERNAME: 5079,
  TRANSFILETRIGGERINDEX: 5080,
  TRANSFILETRIGGERFLAGS: 5082,
  FILETRIGGERPRIORITIES: 5084,
  TRANSFILETRIGGERPRIORITIES: 5085,
  PAYLOADDIGEST: 5092,
  PAYLOADDIGESTALGO: 5093,
} as const;

/** Those of librpm 4.19 and later: a package can have them whatever librpm reads it. */
export const NEWER_RPMTAG = {
  PREUNTRANS: 5103,
  POSTUNTRANS: 5104,
  PREUNTRANSPROG: 5105,
  POSTUNTRANSPROG: 5106,
  PREUNTRANSFLAGS: 5107,
  POSTUNTRANSFLAGS: 5108,
} as const;

/** Indices of a database. */
export const RPMDBI = { PACKAGES: 0, LABEL: 2, NAME: 1000, INSTFILENAMES: 5040 } as const;

/** `rpm/rpmds.h`: how a version is compared, and when a trigger is run. */
export const RPMSENSE = {
  LESS: 1 << 1,
  GREATER: 1 << 2,
  EQUAL: 1 << 3,
  TRIGGERIN: 1 << 16,
  TRIGGERUN: 1 << 17,
  TRIGGERPOSTUN: 1 << 18,
  TRIGGERPREIN: 1 << 25,
} as const;

/** `lib/rpmscript.h`, which is not installed: what becomes of a script before it is run, and of who fails. */
export const RPMSCRIPT_FLAG = { EXPAND: 1 << 0, QFORMAT: 1 << 1, CRITICAL: 1 << 2 } as const;

/** `rpm/rpmfiles.h`. */
export const RPMFILE = { CONFIG: 1, NOREPLACE: 16, GHOST: 64 } as const;

/** `rpm/rpmfiles.h`: what has become of a file; these two are on the disk. */
export const RPMFILE_STATE = { NORMAL: 0, NETSHARED: 3 } as const;

/** `rpm/rpmtypes.h`: what reading a package comes to. */
export const RPMRC = { OK: 0, NOTFOUND: 1, FAIL: 2, NOTTRUSTED: 3, NOKEY: 4 } as const;

/** `rpm/rpmts.h`: what a transaction leaves out. */
export const RPMTRANS_FLAG = {
  TEST: 1 << 0,
  NOSCRIPTS: 1 << 2,
  NOTRIGGERS: 1 << 4,
  NOPLUGINS: 1 << 7,
  NOCONTEXTS: 1 << 8,
  NOTRIGGERPREIN: 1 << 16,
  NOPRE: 1 << 17,
  NOPOST: 1 << 18,
  NOTRIGGERIN: 1 << 19,
  NOTRIGGERUN: 1 << 20,
  NOPREUN: 1 << 21,
  NOPOSTUN: 1 << 22,
  NOTRIGGERPOSTUN: 1 << 23,
  NOPRETRANS: 1 << 24,
  NOPOSTTRANS: 1 << 25,
} as const;

/** `rpm/rpmts.h`: what has to be there, and right, for a package to be installed. */
export const RPMSIG = { DIGEST_TYPE: 1, SIGNATURE_TYPE: 2 } as const;

/** `rpm/rpmprob.h`: problems that are none. */
export const RPMPROB_FILTER = { OLDPACKAGE: 1 << 6 } as const;

/** `rpm/rpmprob.h`: kinds of problems. */
export const RPMPROB = { VERIFY: 12 } as const;

/** `rpm/rpmte.h`. */
export const TR = { ADDED: 1, REMOVED: 2 } as const;

/** `rpm/rpmcallback.h`: what a transaction tells. */
export const RPMCALLBACK = {
  INST_START: 1 << 1,
  INST_OPEN_FILE: 1 << 2,
  INST_CLOSE_FILE: 1 << 3,
  UNINST_START: 1 << 8,
  UNINST_STOP: 1 << 9,
  UNPACK_ERROR: 1 << 13,
  CPIO_ERROR: 1 << 14,
  INST_STOP: 1 << 18,
  ELEM_PROGRESS: 1 << 19,
  VERIFY_START: 1 << 21,
  VERIFY_STOP: 1 << 22,
} as const;

/** `rpm/header.h`. */
export const HEADERGET = { MINMEM: 1, EXT: 2 } as const;

/** `rpm/rpmmacro.h`: who has set a macro. */
export const RMIL = { CMDLINE: -7 } as const;

export const TABLES = {
  RPMTAG,
  RPMDBI,
  RPMSENSE,
  HEADERGET,
  RMIL,
  RPMFILE,
  RPMFILE_STATE,
  RPMRC,
  RPMTRANS_FLAG,
  RPMSIG,
  RPMPROB_FILTER,
  RPMPROB,
  TR,
  RPMCALLBACK,
} as const;
