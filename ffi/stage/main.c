/* The interpreter: from the kernel's hand to the first operation, and from one operation to the next. */
#include "attributes.h"
#include "bytes.h"
#include "bind.h"
#include "cgroup.h"
#include "credentials.h"
#include "descriptors.h"
#include "failure.h"
#include "devices.h"
#include "files.h"
#include "filesystem.h"
#include "groups.h"
#include "id_maps.h"
#include "image.h"
#include "label.h"
#include "landlock.h"
#include "record.h"
#include "root.h"
#include "seal.h"
#include "seccomp.h"
#include "source.h"
#include "walk.h"

ARCH_START;

/* The plan is the last segment of the stage's file; without one it is empty (src/plan/attach_plan.ts). */
static bool find_plan(struct plan *plan) {
    const volatile Elf64_Phdr *segment = &image_header.plan;
    if (!segment->p_filesz) {
        say(CANNOT_START, "this file carries no plan");
        return false;
    }
    if (!open_plan(plan, (const uint8_t *)segment->p_vaddr, segment->p_filesz)) {
        say(CANNOT_START, "malformed plan");
        return false;
    }
    return true;
}

/* Where a machine shows that it gives no namespaces to the caller: AppArmor does so only when they are used. */
static bool is_refusal(const struct stage *stage, int error) {
    uint16_t code = stage->operation.code;
    if (stage->detail || (code != OP_CLONE && code != OP_MAKE_PRIVATE && code != OP_NEST_USER_NAMESPACE)) return false;
    return error == EPERM || error == EACCES || error == ENOSPC;
}

static _Noreturn void fail(struct stage *stage, int error) {
    if (is_refusal(stage, error)) stage->exit_code = EXIT_NOT_PERMITTED;
    struct report report = {stage->operation.place, error, stage->detail, stage->exit_code, stage->item};
    if (stage->is_init) send_message(stage->status, &report, sizeof report);
    else {
        tell_failure(stage, &report);
        remove_cgroup(stage);
    }
    leave_as_planned(stage, report.code);
}

/*
 * A path of /proc/self/fd leads wherever a descriptor does, and those of the caller are closed by execve only. Of a
 * directory outside of the root, the kernel says so: "(unreachable)" instead of a path, see getcwd(2).
 */
static int enter_inside(const char *directory) {
    char path[PATH_SIZE];
    int error = CALL(chdir, directory);
    if (error == 0) error = CALL(getcwd, path, sizeof path);
    return error < 0 ? error : path[0] == '/' ? 0 : -EACCES;
}

/* "" is the caller's working directory; what does not begin with "/" is a variable of the caller's environment. */
static const char *take_directory(const struct stage *stage, struct reader *operands) {
    const char *directory = take_text(operands);
    if (*directory == '/') return directory;
    directory = *directory ? find_variable(callers_environment(stage), directory) : stage->directory;
    return directory ? directory : "";
}

static int enter_first(struct stage *stage, struct reader *operands) {
    int first_error = 0;
    for (uint32_t count = take_number(operands); count; count--) {
        const char *directory = take_directory(stage, operands);
        int error = enter_inside(directory);
        if (error == 0) {
            stage->working_directory = directory;
            return 0;
        }
        if (!first_error) first_error = error;
    }
    return first_error;
}

/* A size that stands for half of the memory of this machine. */
#define HALF_OF_MEMORY 0xfffffffffffffffeull

/* A limit is met where the caller's is tighter; the maximum size so keeps the hard limit as it is. */
static int set_limit(struct stage *stage, struct reader *operands) {
    uint32_t resource = take_number(operands);
    struct { uint64_t soft, hard; } limits, current;
    limits.soft = take_size(operands);
    limits.hard = take_size(operands);
    const char *unless = take_text(operands);
    if (*unless && stage->cgroup >= 0 && CALL(faccessat, stage->cgroup, unless, 0) == 0) return 0;
    if (limits.soft == HALF_OF_MEMORY) limits.soft = limits.hard = half_of_memory();
    int error = CALL(prlimit64, 0, resource, NULL, &current);
    if (error) return error;
    if (limits.hard > current.hard) limits.hard = current.hard;
    if (limits.soft > limits.hard) limits.soft = limits.hard;
    return CALL(prlimit64, 0, resource, &limits, NULL);
}

static int set_hostname(struct stage *stage, struct reader *operands) {
    (void)stage;
    const char *name = take_text(operands);
    return CALL(sethostname, name, length_of(name));
}

#define SIOCGIFFLAGS 0x8913
#define SIOCSIFFLAGS 0x8914
#define INTERFACE_UP 1

static int raise_loopback(struct stage *stage, struct reader *operands) {
    (void)stage, (void)operands;
    struct {
        char name[16];
        int16_t flags;
        char rest[22];
    } interface = {.name = "lo"};
    /* Any socket gives access to the interfaces, and this kind is there without a network protocol. */
    int fd = CALL(socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0) return fd;
    int error = CALL(ioctl, fd, SIOCGIFFLAGS, &interface);
    if (error >= 0) {
        interface.flags |= INTERFACE_UP;
        error = CALL(ioctl, fd, SIOCSIFFLAGS, &interface);
    }
    close_descriptor(fd);
    return error;
}

static int set_umask(struct stage *stage, struct reader *operands) {
    (void)stage;
    CALL(umask, take_number(operands));
    return 0;
}

static int begin_session(struct stage *stage, struct reader *operands) {
    (void)stage, (void)operands;
    return CALL(setsid);
}

static int unshare(struct stage *stage, struct reader *operands) {
    /* Mounts can only be taken from the namespace that they are in. */
    if (stage->host >= 0) close_descriptor(stage->host);
    stage->host = -1;
    uint32_t namespaces = take_number(operands);
    if (!stage->is_init && namespaces & NAMESPACE_MOUNT) leave_home(stage);
    return CALL(unshare, namespaces);
}

/*
 * Opened here, for a security module may not let init do so; whose value it is, the pid namespace of who writes says. A kernel without
 * the file has no such setting.
 */
static int forbid_memory_programs(struct stage *stage, struct reader *operands) {
    (void)operands;
    stage->detail = DETAIL_MEMFD;
    int fd = open_at(AT_FDCWD, "/proc/sys/vm/memfd_noexec", O_WRONLY);
    if (fd < 0) return fd == -ENOENT ? 0 : fd;
    stage->memfd_noexec = fd;
    return is_in_proc(fd) > 0 ? 0 : -EXDEV;
}

static int forbid_new_privileges(struct stage *stage, struct reader *operands) {
    (void)stage, (void)operands;
    return control_process(PR_SET_NO_NEW_PRIVS, 1, 0);
}

/* The lock is one for all who have inherited it, so the supervisor's descriptor holds nothing after this. */
static int release(struct stage *stage, struct reader *operands) {
    while (stage->held_count) CALL(flock, stage->held[--stage->held_count], LOCK_UN);
    for (uint32_t count = take_number(operands); count; count--) {
        int error = CALL(flock, (int)take_number(operands), LOCK_UN);
        if (error < 0) return error;
    }
    return 0;
}

static int hide_descriptors(struct stage *stage, struct reader *operands) {
    (void)operands;
    return mark_descriptors(stage->plan.first_closed);
}

/* What plan.c lets pass; what is missing here has been seen to before. */
static int (*const perform[OP_LAST + 1])(struct stage *, struct reader *) = {
    [OP_SEALED] = check_seal,
    [OP_CALLER] = take_caller,
    [OP_HOLD] = hold,
    [OP_WRITE_RECORD] = write_record,

    [OP_RESET_ATTRIBUTES] = reset_attributes,
    [OP_SESSION_KEYRING] = replace_session_keyring,
    [OP_OOM_SCORE] = set_oom_score,
    [OP_MEMFD_NOEXEC] = forbid_memory_programs,
    [OP_JOIN] = join,
    [OP_UNSHARE] = unshare,
    [OP_HOME] = take_home,
    [OP_DETACH] = detach,
    [OP_CLONE] = clone_init,
    [OP_ENTER_CGROUP] = enter_cgroup,
    [OP_ENTER] = enter_node,

    [OP_MAKE_PRIVATE] = make_private,
    [OP_ID_MAP] = make_id_map,
    [OP_ENSURE_DIRECTORY] = ensure_directory,
    [OP_SMACK] = set_smack_label,
    [OP_ROOT] = mount_root,
    [OP_TMPFS] = mount_filesystem,
    [OP_DEVPTS] = mount_filesystem,
    [OP_PROCFS] = mount_filesystem,
    [OP_MQUEUE] = mount_filesystem,
    [OP_BIND] = bind,
    [OP_PROTECT] = protect,
    [OP_MASK] = mask,
    [OP_DEVICE] = make_device,
    [OP_DEVICE_PROGRAM] = filter_devices,
    [OP_DIRECTORY] = make_directory,
    [OP_SYMLINK] = make_symlink,
    [OP_FILE] = make_file,
    [OP_PIVOT_ROOT] = pivot_root,
    [OP_DETACH_OLD_ROOT] = detach_old_root,
    [OP_LOCK] = lock,
    [OP_HOSTNAME] = set_hostname,
    [OP_LOOPBACK] = raise_loopback,
    [OP_NEST_USER_NAMESPACE] = nest_user_namespace,
    [OP_FORK] = fork_program,
    [OP_BECOME_PROGRAM] = become_program,
    [OP_RELEASE] = release,

    [OP_EXEC_LABEL] = set_exec_label,
    [OP_LANDLOCK] = restrict_access,
    [OP_UMASK] = set_umask,
    [OP_RLIMIT] = set_limit,
    [OP_SESSION] = begin_session,
    [OP_IDENTITY] = set_identity,
    [OP_CHDIR] = enter_first,
    [OP_CAPABILITIES] = set_capabilities,
    [OP_SECUREBITS] = set_securebits,
    [OP_NO_NEW_PRIVILEGES] = forbid_new_privileges,
    [OP_CLOSE_DESCRIPTORS] = hide_descriptors,
    [OP_SECCOMP] = install_filter,
    [OP_EXEC] = execute,
};

static _Noreturn void interpret(struct stage *stage) {
    struct operation *operation = &stage->operation;
    struct reader records = stage->plan.records;
    while (operation->place = (uint32_t)(records.at - stage->plan.records.at), next_operation(&records, operation)) {
        if (!perform[operation->code]) continue;
        int error = perform[operation->code](stage, &operation->operands);
        if (error < 0) fail(stage, -error);
        stage->detail = DETAIL_NONE;
        stage->item = 0;
    }
    leave(EXIT_LAUNCH);
}

/*
 * How many descriptors from 3 on the service manager has opened for this very process, sd_listen_fds(3). What the stage opens in
 * the place of one that is missing, the program's exec closes.
 */
static uint32_t count_sockets(const struct stage *stage) {
    const char *const *environment = callers_environment(stage);
    const char *pid = find_variable(environment, "LISTEN_PID");
    const char *count = find_variable(environment, "LISTEN_FDS");
    if (!stage->plan.sockets || !pid || !count || read_number(&pid) != (uint32_t)CALL(getpid)) return 0;
    return read_number(&count);
}

static bool are_open(uint32_t sockets) {
    for (uint32_t i = 0; i < sockets; i++) {
        if (CALL(fcntl, 3 + i, F_GETFD, 0) < 0) return false;
    }
    return true;
}

/* Default actions for all signals, and all blocked but those that stop a job: the others come by signalfd. */
static int take_signals(struct stage *stage) {
    struct { void *handler; unsigned long flags; void *restorer; signal_set mask; } by_default = {0};
    int error = 0; /* or several: negative all the same */
    for (int number = 1; number <= SIGNALS; number++) {
        if (number == SIGKILL || number == SIGSTOP) continue;
        error |= CALL(rt_sigaction, number, &by_default, NULL, sizeof(signal_set));
    }
    signal_set blocked = ~(SIGNAL_BIT(SIGTSTP) | SIGNAL_BIT(SIGTTIN) | SIGNAL_BIT(SIGTTOU));
    error |= CALL(rt_sigprocmask, 2 /* SIG_SETMASK */, &blocked, NULL, sizeof blocked);
    signal_set taken = SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGTERM) | SIGNAL_BIT(SIGINT) | SIGNAL_BIT(SIGHUP) |
                       SIGNAL_BIT(SIGQUIT) | SIGNAL_BIT(SIGUSR1) | SIGNAL_BIT(SIGUSR2) | SIGNAL_BIT(SIGWINCH) |
                       SIGNAL_BIT(SIGCONT) | SIGNAL_BIT(SIGALRM);
    int fd = CALL(signalfd4, -1, &taken, sizeof taken, SFD_CLOEXEC | SFD_NONBLOCK);
    stage->signals = fd;
    return error | fd;
}

__attribute__((used)) _Noreturn void stage_main(const long *stack) {
    char directory[PATH_SIZE]; /* not touched where nobody asks for it */
    struct stage stage = {.directory = directory, .exit_code = EXIT_LAUNCH, .status = -1, .memfd_noexec = -1, .control = -1, .signals = -1, .input = -1, .output = -1, .host = -1,
                          .process = -1, .home = -1, .home_root = -1, .mask = -1, .id_map = -1, .root = -1, .cgroup = -1, .children = -1, .processes = -1};
    stage.caller = stack;
    if (open_standard_descriptors() < 0) leave(EXIT_LAUNCH); /* there may be nowhere to say it */
    /* Root reads and writes the files of a process that is not dumpable, others do so only once the maps are written. */
    if (CALL(geteuid) == 0) control_process(PR_SET_DUMPABLE, 0, 0);
    if (*stack < 1 || !find_plan(&stage.plan)) leave(EXIT_LAUNCH);
    control_process(PR_SET_NAME, (long)"redpak", 0);
    uint32_t sockets = count_sockets(&stage);
    if (!are_open(sockets)) {
        say(CANNOT_START, "LISTEN_FDS names descriptors that are not open");
        leave(EXIT_LAUNCH);
    }
    stage.plan.first_closed += sockets;
    if (sockets > stage.plan.sockets || mark_descriptors(stage.plan.first_closed) < 0 || take_signals(&stage) < 0) {
        say(CANNOT_START, "its descriptors and signals cannot be taken over");
        leave(EXIT_LAUNCH);
    }
    if (stage.plan.report >= 3 && stage.plan.report != NO_REPORT) {
        CALL(fcntl, stage.plan.report, F_SETFD, FD_CLOEXEC);
    }
    stage.umask = (uint32_t)CALL(umask, 0); /* modes are meant as the plan gives them */
    interpret(&stage);
}
