#include "init.h"

#include "bytes.h"
#include "credentials.h"
#include "descriptors.h"
#include "failure.h"
#include "image.h"
#include "walk.h"
#include "words.h"

int die_with_parent(void) {
    return control_process(PR_SET_PDEATHSIG, SIGKILL, 0);
}

/* What passes by itself; a call that a filter of the caller's refuses would fail for ever. */
static void end_unless_passing(const struct stage *stage, long error) {
    if (error == -EINTR || error == -EAGAIN || error == -ENOMEM) return;
    if (stage->is_init) leave(EXIT_LAUNCH);
    say(CANNOT_WAIT, error_text((int)-error));
    leave_as_planned(stage, EXIT_LAUNCH);
}

RESIDENT void await_events(const struct stage *stage, struct pollfd *events, size_t count) {
    long found = CALL(ppoll, events, count, NULL, NULL, 0);
    if (found >= 0) return;
    end_unless_passing(stage, found);
    while (count--) events[count].revents = 0;
}

RESIDENT bool next_signal(const struct stage *stage, struct signalfd_siginfo *signal) {
    long length = CALL(read, stage->signals, signal, sizeof *signal);
    if (length < 0) end_unless_passing(stage, length);
    return length == sizeof *signal;
}

bool is_abandoned(int socket) {
    struct pollfd event = {socket, 0, 0};
    struct { long seconds, nanoseconds; } now = {0, 0};
    return CALL(ppoll, &event, 1, &now, NULL, 0) > 0;
}

/* Whether `id` of the caller has a mapping; `first` becomes the first id inside. Leaves the reader behind the maps. */
static bool is_mapped(struct reader *maps, uint32_t id, uint32_t *first) {
    bool mapped = false;
    uint32_t count = take_number(maps);
    for (uint32_t i = 0; i < count && !maps->failed; i++) {
        uint32_t inside = take_number(maps);
        uint32_t outside = take_number(maps);
        uint32_t length = take_number(maps);
        if (i == 0) *first = inside;
        if (id - outside < length) mapped = true;
    }
    return mapped || count == 0;
}

/* Waits for the supervisor's go-ahead. */
static int await_go(struct stage *stage, const char *name) {
    stage->is_init = true;
    stage->detail = DETAIL_INIT;
    control_process(PR_SET_NAME, (long)name, 0);
    int error = die_with_parent();
    if (error < 0) return error;
    struct order go;
    if (CALL(read, stage->control, &go, sizeof go) != sizeof go) leave(EXIT_LAUNCH);
    stage->detail = DETAIL_NONE;
    return 0;
}

/* A change of credentials ends what die_with_parent() asked for. */
static int die_with_supervisor(const struct stage *stage) {
    int error = die_with_parent();
    if (error == 0 && is_abandoned(stage->control)) leave(EXIT_LAUNCH);
    return error;
}

/* Not PID 1: the kernel will not end the children's children with init, so init has to find them. */
static int adopt_orphans(struct stage *stage) {
    stage->children = (int)open_at(AT_FDCWD, "/proc/thread-self/children", O_RDONLY);
    stage->processes = (int)open_at(AT_FDCWD, "/proc", O_PATH);
    return control_process(PR_SET_CHILD_SUBREAPER, 1, 0);
}

/* INVARIANT: with the caller's id, for the file belongs to root of the host. */
static int forbid_programs_in_memory(struct stage *stage) {
    if (stage->memfd_noexec < 0) return 0;
    stage->detail = DETAIL_MEMFD;
    int error = CALL(write, stage->memfd_noexec, "2", 1);
    close_descriptor(stage->memfd_noexec);
    return error;
}

int begin_init(struct stage *stage, struct reader *maps, uint32_t uid) {
    int error = await_go(stage, "redpak-init");
    if (error < 0) return error;
    if (stage->own_cgroup_view && (error = CALL(unshare, NAMESPACE_CGROUP)) < 0) return error;

    if ((error = forbid_programs_in_memory(stage)) < 0) return error;

    stage->detail = DETAIL_INIT;
    /* With an id that is not mapped nothing can be created. */
    uint32_t first_uid = 0, first_gid = 0;
    bool keeps_uid = is_mapped(maps, uid, &first_uid);
    is_mapped(maps, 0, &first_gid);
    take_number(maps); /* setgroups, the supervisor's */
    if (!keeps_uid && (error = change_ids(first_uid, first_gid)) < 0) return error;
    if ((error = die_with_supervisor(stage)) < 0) return error;
    stage->detail = DETAIL_NONE;

    stage->host = stage->process = stage->id_map = stage->root = -1; /* the supervisor's, in other namespaces */
    stage->own_count = stage->found_count = 0;
    stage->owner = (struct owner){UNCHANGED, UNCHANGED};
    stage->init = (int)CALL(getpid);
    return stage->init == 1 ? 0 : adopt_orphans(stage);
}

int begin_inside(struct stage *stage, int process, uint32_t namespaces) {
    int error = await_go(stage, "redpak-enter");
    if (error < 0) return error;
    if ((error = adopt_orphans(stage)) < 0) return error;
    stage->process = open_at(AT_FDCWD, "/proc/self", O_PATH);
    /* A joined pid namespace is that of the children, who have a parent outside of it: getppid(2) gives 0. */
    stage->init = namespaces & NAMESPACE_PID ? 0 : (int)CALL(getpid);
    if (namespaces && (error = CALL(setns, process, namespaces)) < 0) return error;
    close_descriptor(process);
    return die_with_supervisor(stage);
}

/* ---- after the program has started ---- */

RESIDENT static void obey(const struct stage *stage, const struct order *order) {
    /* Before its `session` operation, the program has no group of its own. */
    if (order->to_group && CALL(kill, -stage->program, order->signal) == 0) return;
    CALL(kill, stage->program, order->signal);
}

/* Returns whether the program has ended. */
RESIDENT static bool reap(const struct stage *stage, int *status) {
    bool ended = false;
    for (;;) {
        int reaped_status;
        long pid = CALL(wait4, -1, &reaped_status, WNOHANG | WALL, NULL);
        if (pid <= 0) return ended;
        if (pid != stage->program) continue;
        ended = true;
        *status = reaped_status;
    }
}

/*
 * A process by its number in the caller's /proc, whose directory there also is a descriptor of the process (since Linux
 * 5.1). Without that, only a number of init's own namespace may be used: others stand for processes of strangers.
 */
static void end_process(const struct stage *stage, const char *number) {
    int process = open_at(stage->processes, number, O_RDONLY | O_DIRECTORY);
    int error = CALL(pidfd_send_signal, process, SIGKILL, NULL, 0);
    close_descriptor(process);
    if (error != -ENOSYS || stage->joined_pids) return;
    long pid = 0;
    while (*number) pid = 10 * pid + (*number++ - '0');
    CALL(kill, pid, SIGKILL);
}

/* Ends what is left where init is not PID 1: orphans become its children, until there are none. */
static void end_children(const struct stage *stage) {
    char list[256];
    if (stage->init == 1 || stage->children < 0) return;
    for (;;) {
        /* A list longer than the buffer ends within a number, and is read again after the others are gone. */
        long length = CALL(pread64, stage->children, list, sizeof list, 0);
        char *number = list;
        for (long i = 0; i < length; i++) {
            if (list[i] != ' ') continue;
            list[i] = 0;
            end_process(stage, number);
            number = list + i + 1;
        }
        if (CALL(wait4, -1, NULL, WALL, NULL) < 0) return;
    }
}

/* What the caller of a sealed launcher gave is the program's: /proc/1/cmdline shows no more than the name. */
static void hide_caller(const struct stage *stage) {
    char **text = (char **)(stage->caller + 1);
    size_t room = length_of(*text);
    char *name = *text;
    for (int lists = 2; lists; text++) {
        if (*text) memset(*text, 0, length_of(*text));
        else lists--;
    }
    if (room >= sizeof "redpak" - 1) append(name, "redpak");
}

/*
 * From here on init is exposed to the program: it keeps no descriptor that could be of use to it, no capability but
 * that of ending it, and no terminal.
 */
static int retire(struct stage *stage) {
    signal_set child = SIGNAL_BIT(SIGCHLD);
    stage->signals = (int)CALL(signalfd4, -1, &child, sizeof child, SFD_CLOEXEC | SFD_NONBLOCK);
    if (stage->signals < 0) return stage->signals;
    int error = CALL(setsid);
    if (error < 0) return error;
    if ((error = keep_only_kill()) < 0) return error;
    if ((error = control_process(PR_SET_NO_NEW_PRIVS, 1, 0)) < 0) return error;
    if (stage->passed_on.at) hide_caller(stage);
    close_descriptors(stage); /* `status` among them */
    return 0;
}

RESIDENT static _Noreturn void tend(struct stage *stage) {
    int status = 0;
    give_back_setup();
    for (;;) {
        struct pollfd events[2] = {{stage->signals, POLLIN, 0}, {stage->control, POLLIN, 0}};
        await_events(stage, events, 2);
        struct signalfd_siginfo signal;
        if (events[0].revents) {
            next_signal(stage, &signal);
            if (reap(stage, &status)) break;
        }
        if (!events[1].revents) continue;
        struct order order;
        long length = CALL(read, stage->control, &order, sizeof order);
        if (length == sizeof order && !order.signal) {
            control_process(PR_SET_PDEATHSIG, 0, 0);
            close_descriptor(stage->control); /* which tells the supervisor that it may end */
            stage->control = -1;
        } else if (length == sizeof order) {
            obey(stage, &order);
        } else if (length != -EINTR) {
            stage->control = -1;
            CALL(kill, stage->program, SIGKILL); /* nobody supervises it any more */
        }
    }
    end_children(stage);
    send_message(stage->control, &status, sizeof status);
    leave(wait_code(status));
}

/*
 * As PID 1 init takes all others with it when it dies with the supervisor. Otherwise it must live to end them, from before
 * there is a program, which can have children as soon as it runs.
 */
static int outlive_supervisor(const struct stage *stage) {
    if (stage->init == 1) return 0;
    int error = control_process(PR_SET_PDEATHSIG, 0, 0);
    if (error == 0 && is_abandoned(stage->control)) leave(EXIT_LAUNCH);
    return error;
}

/* The streams of a launcher that leaves are its own: whoever reads them waits for their end. */
static int begin_program(struct stage *stage) {
    CALL(umask, stage->umask);
    control_process(PR_SET_NAME, (long)"redpak-program", 0);
    if (!stage->plan.detached) return 0;
    int error = CALL(dup3, stage->input, 0, 0);
    if (error >= 0) error = CALL(dup3, stage->output, 1, 0);
    return error < 0 ? error : CALL(dup3, stage->output, 2, 0);
}

int fork_program(struct stage *stage, struct reader *operands) {
    (void)operands;
    control_process(PR_SET_DUMPABLE, 0, 0);
    int error = outlive_supervisor(stage);
    if (error < 0) return error;
    long pid = CALL(clone, SIGCHLD, NULL, NULL, NULL, NULL, 0);
    if (pid < 0) return pid;
    if (pid > 0) {
        stage->program = (int)pid;
        if ((error = retire(stage)) == 0) tend(stage);
        CALL(kill, stage->program, SIGKILL);
        end_children(stage);
        return error;
    }
    close_descriptor(stage->control);
    stage->control = -1;
    if ((error = begin_program(stage)) < 0) return error;
    if ((error = die_with_parent()) < 0) return error;
    if (CALL(getppid) != stage->init) leave(EXIT_LAUNCH);
    return 0;
}

int become_program(struct stage *stage, struct reader *operands) {
    (void)operands;
    control_process(PR_SET_DUMPABLE, 0, 0);
    return begin_program(stage);
}
