/** A `const char *` that the caller gives, or an array that is read or filled during the call. */
const buffer = "buffer";
/** An `Id`, which is an `int`; also flags. */
const id = "i32";
/** A pointer that C code gave. */
const pointer = "usize";

/** The functions of libsolv and libsolvext that are used. All are in every version from 0.7.0 on. */
export const SYMBOLS = {
  /** `Pool *pool_create(void)` */
  pool_create: { parameters: [], result: pointer },
  /** `void pool_free(Pool *pool)` */
  pool_free: { parameters: [pointer], result: "void" },
  /** `int pool_setdisttype(Pool *pool, int disttype)` */
  pool_setdisttype: { parameters: [pointer, id], result: id },
  /** `int pool_set_flag(Pool *pool, int flag, int value)` */
  pool_set_flag: { parameters: [pointer, id, id], result: id },
  /** `void pool_setarch(Pool *pool, const char *arch)` */
  pool_setarch: { parameters: [pointer, buffer], result: "void" },
  /** `void pool_set_installed(Pool *pool, Repo *repo)` */
  pool_set_installed: { parameters: [pointer, pointer], result: "void" },
  /** `void pool_addfileprovides_queue(Pool *pool, Queue *idq, Queue *idqinst)` */
  pool_addfileprovides_queue: { parameters: [pointer, pointer, pointer], result: "void" },
  /** `void pool_createwhatprovides(Pool *pool)` */
  pool_createwhatprovides: { parameters: [pointer], result: "void" },
  /** `char *pool_errstr(Pool *pool)`: the pool's */
  pool_errstr: { parameters: [pointer], result: pointer },
  /** `Id pool_str2id(Pool *pool, const char *str, int create)` */
  pool_str2id: { parameters: [pointer, buffer, id], result: id },
  /** `const char *pool_id2str(const Pool *pool, Id id)` */
  pool_id2str: { parameters: [pointer, id], result: pointer },
  /** `const char *pool_dep2str(Pool *pool, Id id)`: the pool's, for a few calls */
  pool_dep2str: { parameters: [pointer, id], result: pointer },
  /** `Id pool_rel2id(Pool *pool, Id name, Id evr, int flags, int create)` */
  pool_rel2id: { parameters: [pointer, id, id, id, id], result: id },
  /** `int pool_evrcmp_str(const Pool *pool, const char *evr1, const char *evr2, int mode)` */
  pool_evrcmp_str: { parameters: [pointer, buffer, buffer, id], result: id },
  /** `const char *pool_lookup_str(Pool *pool, Id entry, Id keyname)` */
  pool_lookup_str: { parameters: [pointer, id, id], result: pointer },
  /** `unsigned long long pool_lookup_num(Pool *pool, Id entry, Id keyname, unsigned long long notfound)` */
  pool_lookup_num: { parameters: [pointer, id, id, "u64"], result: "u64" },
  /** `int pool_lookup_idarray(Pool *pool, Id entry, Id keyname, Queue *q)`: for dependencies, q is appended to */
  pool_lookup_idarray: { parameters: [pointer, id, id, pointer], result: id },
  /** `const char *pool_lookup_checksum(Pool *pool, Id entry, Id keyname, Id *typep)` */
  pool_lookup_checksum: { parameters: [pointer, id, id, buffer], result: pointer },
  /** `const char *solvable_lookup_location(Solvable *s, unsigned int *medianrp)` */
  solvable_lookup_location: { parameters: [pointer, buffer], result: pointer },
  /** `void pool_job2solvables(Pool *pool, Queue *pkgs, Id how, Id what)` */
  pool_job2solvables: { parameters: [pointer, pointer, id, id], result: "void" },

  /** `Id pool_queuetowhatprovides(Pool *pool, Queue *q)` */
  pool_queuetowhatprovides: { parameters: [pointer, pointer], result: id },

  /** `void queue_init(Queue *q)` */
  queue_init: { parameters: [pointer], result: "void" },
  /** `void queue_free(Queue *q)` */
  queue_free: { parameters: [pointer], result: "void" },
  /** `void queue_insertn(Queue *q, int pos, int n, const Id *elements)` */
  queue_insertn: { parameters: [pointer, id, id, buffer], result: "void" },
  /** `void queue_deleten(Queue *q, int pos, int n)` */
  queue_deleten: { parameters: [pointer, id, id], result: "void" },

  /** `Repo *repo_create(Pool *pool, const char *name)` */
  repo_create: { parameters: [pointer, buffer], result: pointer },
  /** `void repo_free(Repo *repo, int reuseids)` */
  repo_free: { parameters: [pointer, id], result: "void" },
  /** `Id repo_add_solvable(Repo *repo)` */
  repo_add_solvable: { parameters: [pointer], result: id },
  /** `void repo_free_solvable(Repo *repo, Id p, int reuseids)` */
  repo_free_solvable: { parameters: [pointer, id, id], result: "void" },
  /** `void repo_add_deparray(Repo *repo, Id p, Id keyname, Id dep, Id marker)`: 1 for what libsolv itself adds */
  repo_add_deparray: { parameters: [pointer, id, id, id, id], result: "void" },
  /** `void repo_internalize(Repo *repo)` */
  repo_internalize: { parameters: [pointer], result: "void" },
  /** `Repodata *repo_last_repodata(Repo *repo)` */
  repo_last_repodata: { parameters: [pointer], result: pointer },
  /** `void *rpm_state_create(Pool *pool, const char *rootdir)` */
  rpm_state_create: { parameters: [pointer, buffer], result: pointer },
  /** `void *rpm_state_free(void *rpmstate)` */
  rpm_state_free: { parameters: [pointer], result: pointer },
  /** `void *rpm_byrpmh(void *rpmstate, Header h)`: a handle of libsolv's own, the state's, until the next one */
  rpm_byrpmh: { parameters: [pointer, pointer], result: pointer },
  /** `Id repo_add_rpm_handle(Repo *repo, void *rpmhandle, int flags)` */
  repo_add_rpm_handle: { parameters: [pointer, pointer, id], result: id },
  /** `Id repo_add_rpm(Repo *repo, const char *rpm, int flags)` */
  repo_add_rpm: { parameters: [pointer, buffer, id], result: id },
  /** `int repo_add_rpmmd(Repo *repo, FILE *fp, const char *language, int flags)` */
  repo_add_rpmmd: { parameters: [pointer, pointer, buffer, id], result: id },
  /** `int repo_add_solv(Repo *repo, FILE *fp, int flags)` */
  repo_add_solv: { parameters: [pointer, pointer, id], result: id },
  /** `int repo_write(Repo *repo, FILE *fp)` */
  repo_write: { parameters: [pointer, pointer], result: id },
  /** `int repodata_write(Repodata *data, FILE *fp)` */
  repodata_write: { parameters: [pointer, pointer], result: id },
  /** `FILE *solv_xfopen_fd(const char *fn, int fd, const char *mode)`: by the ending of the name, it decompresses */
  solv_xfopen_fd: { parameters: [buffer, "i32", buffer], result: pointer },

  /** `void pool_search(Pool *pool, Id p, Id key, const char *match, int flags, int (*callback)(…), void *cbdata)` */
  pool_search: { parameters: [pointer, id, id, buffer, "i32", "function", pointer], result: "void" },
  /** `int selection_make(Pool *pool, Queue *selection, const char *name, int flags)` */
  selection_make: { parameters: [pointer, pointer, buffer, id], result: id },

  /** `Solver *solver_create(Pool *pool)` */
  solver_create: { parameters: [pointer], result: pointer },
  /** `void solver_free(Solver *solv)` */
  solver_free: { parameters: [pointer], result: "void" },
  /** `int solver_set_flag(Solver *solv, int flag, int value)` */
  solver_set_flag: { parameters: [pointer, id, id], result: id },
  /** `int solver_solve(Solver *solv, Queue *job)`: the number of problems */
  solver_solve: { parameters: [pointer, pointer], result: id },
  /** `void solver_get_unneeded(Solver *solv, Queue *unneededq, int filtered)` */
  solver_get_unneeded: { parameters: [pointer, pointer, id], result: "void" },
  /** `int solver_describe_decision(Solver *solv, Id p, Id *infop)` */
  solver_describe_decision: { parameters: [pointer, id, buffer], result: id },
  /** `Id solver_next_problem(Solver *solv, Id problem)` */
  solver_next_problem: { parameters: [pointer, id], result: id },
  /** `const char *solver_problem2str(Solver *solv, Id problem)` */
  solver_problem2str: { parameters: [pointer, id], result: pointer },
  /** `void solver_findallproblemrules(Solver *solv, Id problem, Queue *rules)` */
  solver_findallproblemrules: { parameters: [pointer, id, pointer], result: "void" },
  /** `SolverRuleinfo solver_ruleinfo(Solver *solv, Id rid, Id *fromp, Id *top, Id *depp)` */
  solver_ruleinfo: { parameters: [pointer, id, buffer, buffer, buffer], result: id },
  /** `const char *solver_problemruleinfo2str(Solver *solv, SolverRuleinfo type, Id source, Id target, Id dep)` */
  solver_problemruleinfo2str: { parameters: [pointer, id, id, id, id], result: pointer },
  /** `Id solver_next_solution(Solver *solv, Id problem, Id solution)` */
  solver_next_solution: { parameters: [pointer, id, id], result: id },
  /** `Id solver_next_solutionelement(Solver *solv, Id problem, Id solution, Id element, Id *p, Id *rp)` */
  solver_next_solutionelement: { parameters: [pointer, id, id, id, buffer, buffer], result: id },
  /** `const char *solver_solutionelement2str(Solver *solv, Id p, Id rp)` */
  solver_solutionelement2str: { parameters: [pointer, id, id], result: pointer },

  /** `Transaction *solver_create_transaction(Solver *solv)` */
  solver_create_transaction: { parameters: [pointer], result: pointer },
  /** `void transaction_free(Transaction *trans)` */
  transaction_free: { parameters: [pointer], result: "void" },
  /** `void transaction_order(Transaction *trans, int flags)` */
  transaction_order: { parameters: [pointer, id], result: "void" },
  /** `Id transaction_type(Transaction *trans, Id p, int mode)` */
  transaction_type: { parameters: [pointer, id, id], result: id },
  /** `void transaction_all_obs_pkgs(Transaction *trans, Id p, Queue *pkgs)` */
  transaction_all_obs_pkgs: { parameters: [pointer, id, pointer], result: "void" },
  /** `int transaction_installedresult(Transaction *trans, Queue *installedq)` */
  transaction_installedresult: { parameters: [pointer, pointer], result: id },
} as const satisfies Deno.ForeignLibraryInterface;
