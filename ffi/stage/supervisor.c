/*
 * The supervisor: starts init, waits for it, and speaks for the node to whoever started it.
 */
#include "bytes.h"
#include "cgroup.h"
#include "failure.h"
#include "id_maps.h"
#include "image.h"
#include "init.h"
#include "record.h"
#include "root.h"

struct socket_pair {
    int ours;
    int theirs;
};

static int open_pair(struct socket_pair *pair) {
    return CALL(socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
}

_Noreturn void leave_as_planned(const struct stage *stage, int code) {
    if (!stage->is_init && stage->plan.record) {
        CALL(unlinkat, (int)stage->plan.record_directory, stage->plan.record, 0);
    }
    leave(stage->plan.has_exit_status ? (int)stage->plan.exit_status : code);
}

int join(struct stage *stage, struct reader *operands) {
    uint32_t namespace = take_number(operands);
    struct source source = take_source(operands);
    int fd = source.descriptor;
    if (source.kind == SOURCE_PATH) fd = open_at(AT_FDCWD, source.path, O_RDONLY);
    if (fd < 0) return fd;
    /* Who has joined a user namespace changes no mounts of the one that it comes from. */
    int error = namespace == NAMESPACE_USER ? park_root(stage) : 0;
    if (error == 0) error = CALL(setns, fd, namespace);
    close_descriptor(fd);
    if (namespace == NAMESPACE_PID) stage->joined_pids = true;
    return error;
}

/* ---- waiting ---- */

struct outcome {
    struct report failure; /* error 0: none */
    bool is_over; /* the program was started, or has failed to */
    bool has_status;
    int status; /* the program's */
    int program; /* process id as the supervisor sees it */
};

struct message {
    void *name;
    int name_length;
    struct io_vector *vectors;
    size_t vector_count;
    void *control;
    size_t control_size;
    int flags;
};
struct io_vector {
    void *base;
    size_t size;
};
/* With SO_PASSCRED every message brings the sender's ids, translated to the receiver's namespaces. */
struct sender {
    size_t size;
    int level;
    int type;
    int pid;
    uint32_t uid;
    uint32_t gid;
};

RESIDENT static int receive(int socket, void *data, size_t size, struct sender *sender) {
    struct io_vector vector = {data, size};
    struct message message = {.vectors = &vector, .vector_count = 1, .control = sender, .control_size = sizeof *sender};
    return CALL(recvmsg, socket, &message, MSG_DONTWAIT);
}

/* Returns false when there is nothing to read now. */
RESIDENT static bool read_status(struct stage *stage, struct outcome *outcome) {
    struct report report;
    struct sender sender = {0};
    long length = receive(stage->status, &report, sizeof report, &sender);
    if (length == -EAGAIN || length == -EINTR) return false;
    if (length != sizeof report) {
        if (!outcome->failure.error && outcome->program) tell_started(stage, outcome->program);
        give_back_setup();
        close_descriptor(stage->status);
        stage->status = -1;
        outcome->is_over = true;
        return false;
    }
    if (report.error) {
        outcome->failure = report;
        tell_failure(stage, &report);
    } else {
        outcome->program = sender.pid;
        if (stage->plan.no_init || stage->plan.detached) hand_on_record(stage);
        if (stage->plan.detached) send_message(stage->control, &(struct order){0}, sizeof(struct order));
    }
    return true;
}

RESIDENT static void read_control(struct stage *stage, struct outcome *outcome) {
    int status;
    long length = CALL(recvfrom, stage->control, &status, sizeof status, MSG_DONTWAIT, NULL, NULL);
    if (length == -EAGAIN || length == -EINTR) return;
    if (length == sizeof status) {
        outcome->status = status;
        outcome->has_status = true;
    } else {
        close_descriptor(stage->control);
        stage->control = -1;
    }
}

/*
 * What the terminal sends reaches all of its foreground process group by itself; a program with a session of its own
 * is not in it.
 */
RESIDENT static void forward(const struct stage *stage, const struct signalfd_siginfo *signal) {
    bool from_terminal = signal->ssi_code == SI_KERNEL;
    if (from_terminal && !stage->plan.own_session) return;
    struct order order = {.signal = (uint8_t)signal->ssi_signo, .to_group = from_terminal};
    if (!stage->plan.no_init) send_message(stage->control, &order, sizeof order);
    else if (!from_terminal || CALL(kill, -stage->init, order.signal) < 0) CALL(kill, stage->init, order.signal);
}

/* Whether the program was started, and init knows that it is alone from here on. */
RESIDENT static bool may_part(const struct stage *stage, const struct outcome *outcome) {
    return stage->plan.detached && outcome->is_over && outcome->program && !outcome->failure.error && stage->control < 0;
}

/* The node goes on, and who asked for it is told what it is called. */
static _Noreturn void part(const struct stage *stage) {
    tell_parted(stage);
    leave(0);
}

/* Waits until init is gone, and with it the node, or the node can do without the supervisor. */
RESIDENT static int wait_for_init(struct stage *stage, struct outcome *outcome) {
    for (;;) {
        if (may_part(stage, outcome)) part(stage);
        struct pollfd events[3] = {
            {stage->signals, POLLIN, 0},
            {stage->status, POLLIN, 0},
            {stage->control, POLLIN, 0},
        };
        await_events(stage, events, 3);
        if (events[1].revents) read_status(stage, outcome);
        if (events[2].revents) read_control(stage, outcome);
        struct signalfd_siginfo signal;
        if (!events[0].revents || !next_signal(stage, &signal)) continue;
        if (signal.ssi_signo != SIGCHLD) {
            forward(stage, &signal);
            continue;
        }
        int status;
        if (CALL(wait4, stage->init, &status, WNOHANG, NULL) != stage->init) continue;
        while (stage->status >= 0 && read_status(stage, outcome)) {}
        if (stage->control >= 0) read_control(stage, outcome);
        return status;
    }
}

static _Noreturn void supervise(struct stage *stage) {
    struct outcome outcome = {0};
    int status = wait_for_init(stage, &outcome);
    if (ran_out_of_memory(stage)) say("The kernel has killed processes of the node", "it ran out of memory");
    remove_cgroup(stage);
    if (outcome.failure.error) leave_as_planned(stage, outcome.failure.code);
    if (stage->plan.detached && outcome.program) {
        tell_parted(stage);
        leave_as_planned(stage, 0);
    }
    /* Init ends with the program's code; when it was killed instead, that is all there is to say. */
    if (outcome.has_status) status = outcome.status;
    else if (!outcome.program) say(CANNOT_START, "its init was killed");
    else if (!stage->plan.no_init && wait_code(status) == EXIT_LAUNCH) say(CANNOT_WAIT, "its init has given up");
    tell_exited(stage, status);
    leave_as_planned(stage, wait_code(status));
}

/* ---- start ---- */

/* Clones init, with a pair of sockets for each purpose between it and the supervisor. Returns its id, 0 in init. */
static int start_init(struct stage *stage, uint32_t namespaces) {
    struct socket_pair status, control;
    int on = 1;
    int error;
    stage->detail = DETAIL_INIT;
    if ((error = open_pair(&status)) < 0) return error;
    if ((error = open_pair(&control)) < 0) return error;
    if ((error = CALL(setsockopt, status.ours, SOL_SOCKET, SO_PASSCRED, &on, sizeof on)) < 0) return error;
    /* Init finds it in its copy of the mount tree by its place, not by this descriptor. */
    if ((error = park_root(stage)) < 0) return error;
    stage->detail = DETAIL_NONE;
    int pid = (int)clone_into_cgroup(stage, namespaces);
    if (pid < 0) return pid;
    stage->status = pid ? status.ours : status.theirs;
    stage->control = pid ? control.ours : control.theirs;
    close_descriptor(pid ? status.theirs : status.ours);
    close_descriptor(pid ? control.theirs : control.ours);
    stage->init = pid;
    return pid;
}

/* Returns only when init is gone before it could begin. */
static int release_init(struct stage *stage) {
    control_process(PR_SET_DUMPABLE, 0, 0);
    struct order go = {0};
    stage->detail = DETAIL_INIT;
    int error = send_message(stage->control, &go, sizeof go);
    if (error < 0) return error;
    go_home(stage);
    supervise(stage);
}

int clone_init(struct stage *stage, struct reader *operands) {
    uint32_t namespaces = take_number(operands);
    struct reader maps = *operands;
    if (stage->memfd_noexec >= 0 && !(namespaces & NAMESPACE_PID)) return -EINVAL; /* it would be the host's */
    uint32_t uid = (uint32_t)CALL(geteuid);
    int pid = start_init(stage, namespaces);
    if (pid < 0) return pid;
    if (pid == 0) return begin_init(stage, operands, uid);
    close_descriptor(stage->memfd_noexec);
    int error;
    if (namespaces & NAMESPACE_USER && (error = write_init_maps(stage, &maps)) < 0) return error;
    return release_init(stage);
}

/* INVARIANT: into the groups before it begins: what it does counts there, and nothing of it can stay outside. */
static int enter_cgroups(const struct stage *stage, struct reader *groups) {
    char text[12];
    size_t length = (size_t)(append_number(text, (uint32_t)stage->init, 10) - text);
    for (uint32_t count = take_number(groups); count; count--) {
        int group = (int)take_number(groups);
        int error = CALL(write, group, text, length);
        if (error < 0) return error;
        close_descriptor(group);
    }
    return 0;
}

int detach(struct stage *stage, struct reader *operands) {
    const char *log = take_text(operands);
    stage->input = open_at(AT_FDCWD, "/dev/null", O_RDWR);
    stage->output = stage->input;
    if (*log && stage->input >= 0) stage->output = CALL(openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC, 0640);
    return stage->output;
}

int enter_node(struct stage *stage, struct reader *operands) {
    uint32_t namespaces = take_number(operands);
    struct source process = take_source(operands);
    int pid = start_init(stage, 0);
    if (pid < 0) return pid;
    if (pid == 0) return begin_inside(stage, (int)process.descriptor, namespaces);
    stage->detail = DETAIL_CGROUP;
    int error = enter_cgroups(stage, operands);
    if (error < 0) return error;
    stage->detail = DETAIL_NONE;
    return release_init(stage);
}
