/*
 * The stage: the process that a launch becomes, and the two that it makes.
 *
 *   supervisor   what was exec'ed: in the caller's namespaces; waits, forwards signals, returns the exit code
 *   init         cloned into the node's namespaces; finishes the mount tree, then reaps as PID 1
 *   program      forked by init; takes its identity and executes the program. Where the plan says so, init becomes it
 *
 * Each interprets its part of the same plan. Who makes the mounts is in the plan as well: a privileged launcher has staged
 * them before it became the stage, or the supervisor does so when it gets the whole plan; for everybody else it is init,
 * in the user namespace that gives it the right to.
 * Nothing is allocated and there is no writable data but this structure, on
 * the stack: what the three have in common are read-only pages, and each costs little more than a page of its own.
 */
#ifndef REDPAK_STAGE_H
#define REDPAK_STAGE_H

#include "plan.h"
#include "syscall.h"

/* Locks of a node are held by descriptors below this number. */
#define DESCRIPTORS_KEPT 256
/* File systems that are known to be the node's own. */
#define OWN_FILESYSTEMS 32

/* A node and its ancestors. */
#define MOST_HELD 32
/* Sources that have been found. */
#define MOST_FOUND 16
/* Three numbers with dots between them, and ".json". */
#define RECORD_NAME_SIZE 80

/* For chown(2): whoever made it. */
#define UNCHANGED 0xffffffffu

struct owner {
    uint32_t uid;
    uint32_t gid;
};

struct stage {
    struct plan plan;
    struct operation operation; /* that is being done */
    uint8_t detail; /* which step of it, enum detail */
    uint8_t exit_code; /* should it fail */

    bool is_init; /* failures go to the supervisor, which speaks for all three */
    uint32_t umask; /* the caller's, for the program */
    int init; /* process id as seen by whoever has to know it */
    int program;

    int status; /* to the supervisor while the node is being set up; the program's exec closes it */
    int control; /* between supervisor and init, for the life of the node */
    int signals; /* signalfd */
    int input; /* of the program, and its output, where the launcher does not stay */
    int output;
    int host; /* the caller's root directory, which sources are in */
    struct { const char *path; int descriptor; } found[MOST_FOUND]; /* sources that are still to be bound by this process */
    uint32_t found_count;
    int process; /* this process in the caller's /proc: to name descriptors in calls that take a path, and for id maps */
    int home; /* the mount namespace that the supervisor goes back to, and its root directory in it */
    int home_root;
    int mask; /* a mount that masks something; negative before there is one */
    int id_map; /* user namespace whose maps mounts get */
    int root; /* of the node; negative where it was staged by the launcher and has not been changed to */
    bool is_parked; /* the root has its place, from where init takes it */
    struct owner owner; /* of what is made for destinations */
    const char *smack; /* the label that the node runs with; NULL without one */
    uint64_t own[OWN_FILESYSTEMS]; /* devices of file systems that only this process could have written to */
    uint32_t own_count;
    int cgroup; /* the node's control group */
    uint32_t cgroup_levels; /* above it that go with it */
    int memfd_noexec; /* the setting, for init to write for its pid namespace */
    bool own_cgroup_view; /* init makes its cgroup namespace itself, when it is in its group */
    int children; /* list of init's children, where the end of init does not end them */
    int processes; /* the caller's /proc, whose numbers that list has */
    bool joined_pids; /* and they are not those of init's namespace */
    uint64_t kept[DESCRIPTORS_KEPT / 64]; /* descriptors that init keeps for its life: locks */

    const char *working_directory; /* the program's PWD, NULL when the plan leaves it alone */

    const long *caller; /* as the kernel gives it: number of arguments, arguments, NULL, environment, NULL */
    struct reader passed_on; /* operands of `caller`; empty without */
    char *directory; /* the caller's, where it was asked for: PATH_SIZE bytes */
    uint32_t item; /* of the operation's list, that is being looked at */
    int held[MOST_HELD]; /* locks of content, until all of it is mounted */
    uint32_t held_count;
    char record_name[RECORD_NAME_SIZE]; /* where the plan does not have it */
};

/* What init and program tell the supervisor through `status`. */
struct report {
    uint32_t place; /* of the operation that failed, in the plan */
    int32_t error; /* errno; 0: all went well so far, the program is about to be executed */
    uint8_t detail;
    uint8_t code; /* exit code */
    uint32_t item; /* of a list */
};

/*
 * What the supervisor tells init through `control`; signal 0 is the go-ahead, and the second time, that init goes on without the
 * supervisor. Init answers with a wait status.
 */
struct order {
    uint8_t signal;
    bool to_group;
};

/* Steps of an operation that fail for reasons of their own. */
enum detail {
    DETAIL_NONE,
    DETAIL_MAGIC_LINK,
    DETAIL_NODE_LINK,
    DETAIL_FOREIGN_LINK,
    DETAIL_WRITABLE_LINK,
    DETAIL_READ_ONLY,
    DETAIL_REPLACED,
    DETAIL_HELPER,
    DETAIL_UID_MAP,
    DETAIL_SETGROUPS,
    DETAIL_GID_MAP,
    DETAIL_GROUPS,
    DETAIL_VERIFY,
    DETAIL_INTERPRETER,
    DETAIL_CGROUP,
    DETAIL_ID_MAP,
    DETAIL_LABEL,
    DETAIL_MEMFD,
    DETAIL_SEAL_USER,
    DETAIL_SEAL_KERNEL,
    DETAIL_INIT,
};

/*
 * supervisor.c, init.c, program.c. Like all operations they return 0 or a negative errno, which the interpreter takes
 * care of: what the node consists of so far ends then.
 */
int join(struct stage *stage, struct reader *operands);
/* With this exit code, unless the plan says that it is another one whatever happens. */
_Noreturn void leave_as_planned(const struct stage *stage, int code);
/* Returns in init; the supervisor leaves with the program's exit code. */
int clone_init(struct stage *stage, struct reader *operands);
/* Likewise, with the namespaces of a node that runs already. */
int enter_node(struct stage *stage, struct reader *operands);
/* Returns in the program's process; init leaves with the program's exit code. */
int fork_program(struct stage *stage, struct reader *operands);
/* Returns in init, which is the program's process from here on. */
int become_program(struct stage *stage, struct reader *operands);
/* The supervisor is not to outlast the start of the program. */
int detach(struct stage *stage, struct reader *operands);
/* Returns only when it fails. */
int execute(struct stage *stage, struct reader *operands);
const char *const *callers_environment(const struct stage *stage);
/* The value of the variable; NULL where there is none. */
const char *find_variable(const char *const *environment, const char *name);

/* The exit code of a launch that failed before there was a program: EXIT in src/core/exit_code.ts. */
enum { EXIT_NOT_PERMITTED = 5, EXIT_LAUNCH = 125, EXIT_NOT_EXECUTABLE = 126, EXIT_NOT_FOUND = 127 };

#endif
