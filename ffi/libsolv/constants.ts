/** Constants of libsolv's headers; `tests/system/package_constants_test.ts` compares each with what a C compiler says. */

/** `solv/pool.h`. */
export const DISTTYPE = { RPM: 0 } as const;
export const POOL_FLAG = { OBSOLETEUSESCOLORS: 5, IMPLICITOBSOLETEUSESCOLORS: 10 } as const;
export const REL = {
  GT: 1,
  EQ: 2,
  LT: 4,
  AND: 16,
  OR: 17,
  WITH: 18,
  COND: 22,
  ELSE: 26,
  WITHOUT: 28,
  UNLESS: 29,
} as const;

/** `solv/evr.h`. */
export const EVRCMP = { COMPARE: 0 } as const;

/** `solv/repo.h`, `solv/repo_rpmdb.h`. */
export const REPO = {
  REUSE_REPODATA: 1 << 0,
  NO_INTERNALIZE: 1 << 1,
  LOCALPOOL: 1 << 2,
  EXTEND_SOLVABLES: 1 << 4,
} as const;
export const RPM_ADD = { NO_FILELIST: 1 << 10, NO_RPMLIBREQS: 1 << 11, WITH_SHA256SUM: 1 << 13 } as const;

/** `solv/dataiterator.h`. */
export const SEARCH = { SUBSTRING: 4, NOCASE: 1 << 7 } as const;

/** `solv/selection.h`. */
export const SELECTION = {
  NAME: 1 << 0,
  PROVIDES: 1 << 1,
  FILELIST: 1 << 2,
  CANON: 1 << 3,
  DOTARCH: 1 << 4,
  REL: 1 << 5,
  INSTALLED_ONLY: 1 << 8,
  GLOB: 1 << 9,
  WITH_BADARCH: 1 << 17,
} as const;

/** `solv/solver.h`: what a job is about, what it does, and how. */
export const SOLVER = {
  SOLVABLE: 0x01,
  SOLVABLE_NAME: 0x02,
  SOLVABLE_PROVIDES: 0x03,
  SOLVABLE_ONE_OF: 0x04,
  SOLVABLE_ALL: 0x06,
  INSTALL: 0x0100,
  ERASE: 0x0200,
  UPDATE: 0x0300,
  LOCK: 0x0600,
  USERINSTALLED: 0x0a00,
  TARGETED: 0x200000,
} as const;
export const SOLVER_FLAG = {
  ALLOW_DOWNGRADE: 1,
  ALLOW_VENDORCHANGE: 3,
  ALLOW_UNINSTALL: 4,
  IGNORE_RECOMMENDED: 7,
  YUM_OBSOLETES: 21,
} as const;
export const SOLVER_REASON = { WEAKDEP: 7 } as const;

/** `solv/rules.h`, members of an enum. */
export const SOLVER_RULE = { JOB: 0x400 } as const;

/** `solv/problems.h`: what an element of a solution is; others are packages. */
export const SOLVER_SOLUTION = { JOB: 0 } as const;

/** `solv/transaction.h`. */
export const SOLVER_TRANSACTION = {
  IGNORE: 0,
  ERASE: 0x10,
  INSTALL: 0x20,
  REINSTALL: 0x21,
  DOWNGRADE: 0x22,
  CHANGE: 0x23,
  UPGRADE: 0x24,
  OBSOLETES: 0x25,
  SHOW_ACTIVE: 1,
  SHOW_OBSOLETES: 4,
} as const;

export const TABLES = {
  DISTTYPE,
  POOL_FLAG,
  REL,
  EVRCMP,
  REPO,
  RPM_ADD,
  SEARCH,
  SELECTION,
  SOLVER,
  SOLVER_FLAG,
  SOLVER_REASON,
  SOLVER_RULE,
  SOLVER_SOLUTION,
  SOLVER_TRANSACTION,
} as const;
