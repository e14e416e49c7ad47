/** Constants of librpm's headers; `tests/system/package_constants_test.ts` compares each with what a C compiler says. */

/** `rpm/rpmtag.h`. Those from 5000 on are computed from others. */
export const RPMTAG = {
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
  SOURCERPM: 1044,
  FILENAMES: 5000,
  LONGSIZE: 5009,
  INSTFILENAMES: 5040,
  REQUIRENEVRS: 5041,
  PROVIDENEVRS: 5042,
  OBSOLETENEVRS: 5043,
  CONFLICTNEVRS: 5044,
  RECOMMENDNEVRS: 5058,
} as const;

/** Indices of a database. */
export const RPMDBI = { PACKAGES: 0, LABEL: 2, NAME: 1000, INSTFILENAMES: 5040 } as const;

/** `rpm/header.h`. */
export const HEADERGET = { MINMEM: 1, EXT: 2 } as const;

/** `rpm/rpmmacro.h`: who has set a macro. */
export const RMIL = { CMDLINE: -7 } as const;

export const TABLES = { RPMTAG, RPMDBI, HEADERGET, RMIL } as const;
