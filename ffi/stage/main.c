/* The interpreter: from the kernel's hand to the first operation, and from one operation to the next. */
#include "bytes.h"
#include "credentials.h"
#include "descriptors.h"
#include "failure.h"
#include "mounts.h"

#include <linux/elf.h>

ARCH_START;

/* The stage's own ELF header, from the linker. */
extern const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));

/* The plan is the last segment of the stage's file; without one it is empty (src/plan/attach_plan.ts). */
static bool find_plan(struct plan *plan) {
    const Elf64_Phdr *headers = (const Elf64_Phdr *)((const char *)&__ehdr_start + __ehdr_start.e_phoff);
    const Elf64_Phdr *last = NULL;
    for (int i = 0; i < __ehdr_start.e_phnum; i++) {
        if (headers[i].p_type == PT_LOAD) last = &headers[i];
    }
    if (!last || !last->p_filesz) {
        say("this file carries no plan");
        return false;
    }
    if (!open_plan(plan, (const uint8_t *)last->p_vaddr, last->p_filesz)) {
        say("malformed plan");
        return false;
    }
    return true;
}

_Noreturn void fail(struct stage *stage, int error, uint8_t code) {
    struct report report = {stage->operation.index, error, stage->detail, code};
    if (stage->program) CALL(kill, stage->program, SIGKILL);
    if (stage->is_init) {
        send_message(stage->status, &report, sizeof report);
    } else {
        tell_failure(stage, &report);
    }
    leave(code);
}

static int enter_first(struct stage *stage, struct reader *operands) {
    int first_error = 0;
    for (uint32_t count = take_number(operands); count; count--) {
        const char *directory = take_text(operands);
        int error = CALL(chdir, directory);
        if (error == 0) {
            stage->working_directory = directory;
            return 0;
        }
        if (!first_error) first_error = error;
    }
    return first_error;
}

/* The table's contract: the maximum size keeps the hard limit as it is; a soft limit never exceeds the hard one. */
#define AS_IT_IS (~(uint64_t)0)

static int limit(struct reader *operands) {
    uint32_t resource = take_number(operands);
    struct { uint64_t soft, hard; } limits, current;
    limits.soft = take_size(operands);
    limits.hard = take_size(operands);
    if (limits.hard == AS_IT_IS) {
        int error = CALL(prlimit64, 0, resource, NULL, &current);
        if (error) return error;
        limits.hard = current.hard;
    }
    if (limits.soft > limits.hard) limits.soft = limits.hard;
    return CALL(prlimit64, 0, resource, &limits, NULL);
}

static int set_hostname(struct reader *operands) {
    const char *name = take_text(operands);
    return CALL(sethostname, name, length_of(name));
}

#define SIOCGIFFLAGS 0x8913
#define SIOCSIFFLAGS 0x8914
#define INTERFACE_UP 1

static int raise_loopback(void) {
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

static int perform(struct stage *stage, uint8_t *code) {
    struct reader *operands = &stage->operation.operands;
    switch (stage->operation.code) {
    case OP_JOIN:
        return join(stage, operands);
    case OP_UNSHARE:
        return CALL(unshare, take_number(operands));
    case OP_CLONE:
        return clone_init(stage, operands);
    case OP_PIVOT_ROOT:
        return pivot_root(stage);
    case OP_DETACH_OLD_ROOT:
        return detach_old_root(stage);
    case OP_TMPFS:
    case OP_DEVPTS:
    case OP_PROCFS:
    case OP_MQUEUE:
        return mount_filesystem(stage, operands);
    case OP_BIND:
        return bind(stage, operands);
    case OP_PROTECT:
        return protect(stage, operands);
    case OP_DIRECTORY:
        return make_directory(stage, operands);
    case OP_SYMLINK:
        return make_symlink(stage, operands);
    case OP_LOCK:
        return lock(stage, operands);
    case OP_HOSTNAME:
        return set_hostname(operands);
    case OP_LOOPBACK:
        return raise_loopback();
    case OP_FORK:
        return fork_program(stage);
    case OP_UMASK:
        return CALL(umask, take_number(operands)) < 0;
    case OP_RLIMIT:
        return limit(operands);
    case OP_SESSION:
        return CALL(setsid);
    case OP_IDENTITY:
        return set_identity(stage, operands);
    case OP_CHDIR:
        return enter_first(stage, operands);
    case OP_CAPABILITIES:
        return set_capabilities(stage, operands);
    case OP_NO_NEW_PRIVILEGES:
        return control_process(PR_SET_NO_NEW_PRIVS, 1, 0);
    case OP_CLOSE_DESCRIPTORS:
        return mark_descriptors(take_number(operands));
    case OP_EXEC:
        return execute(stage, operands, code);
    default:
        return 0; /* `report` has been seen to before */
    }
}

static _Noreturn void interpret(struct stage *stage) {
    struct operation *operation = &stage->operation;
    struct reader records = stage->plan.records;
    for (operation->index = 0; next_operation(&records, operation); operation->index++) {
        uint8_t code = EXIT_LAUNCH;
        if (operation->phase != PHASE_INIT) continue;
        int error = perform(stage, &code);
        if (error < 0) fail(stage, (int)-error, code);
        stage->detail = DETAIL_NONE;
    }
    leave(EXIT_LAUNCH);
}

/* Default actions for all signals, and all blocked but those that stop a job: the others come by signalfd. */
static int take_signals(struct stage *stage) {
    struct { void *handler; unsigned long flags; void *restorer; signal_set mask; } by_default = {0};
    for (int number = 1; number <= SIGNALS; number++) {
        CALL(rt_sigaction, number, &by_default, NULL, sizeof(signal_set));
    }
    signal_set blocked = ~(SIGNAL_BIT(SIGTSTP) | SIGNAL_BIT(SIGTTIN) | SIGNAL_BIT(SIGTTOU));
    CALL(rt_sigprocmask, 2 /* SIG_SETMASK */, &blocked, NULL, sizeof blocked);
    signal_set taken = SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGTERM) | SIGNAL_BIT(SIGINT) | SIGNAL_BIT(SIGHUP) |
                       SIGNAL_BIT(SIGQUIT) | SIGNAL_BIT(SIGUSR1) | SIGNAL_BIT(SIGUSR2) | SIGNAL_BIT(SIGWINCH) |
                       SIGNAL_BIT(SIGCONT) | SIGNAL_BIT(SIGALRM);
    int fd = CALL(signalfd4, -1, &taken, sizeof taken, SFD_CLOEXEC | SFD_NONBLOCK);
    stage->signals = (int)fd;
    return fd;
}

__attribute__((used)) _Noreturn void stage_main(const long *stack) {
    struct stage stage = {.init = 0, .status = -1, .control = -1, .signals = -1, .old_root = -1,
                          .own_descriptors = -1, .children = -1};
    if (open_standard_descriptors() < 0) leave(EXIT_LAUNCH); /* there may be nowhere to say it */
    /* Root reads and writes the files of a process that is not dumpable, others do so only once the maps are written. */
    if (CALL(geteuid) == 0) control_process(PR_SET_DUMPABLE, 0, 0);
    if (*stack < 1 || !find_plan(&stage.plan)) leave(EXIT_LAUNCH);
    control_process(PR_SET_NAME, "redpak", 0);
    if (mark_descriptors(stage.plan.first_closed) < 0 || take_signals(&stage) < 0) {
        say("its descriptors and signals cannot be taken over");
        leave(EXIT_LAUNCH);
    }
    if (stage.plan.report >= 3 && stage.plan.report != NO_REPORT) {
        CALL(fcntl, stage.plan.report, F_SETFD, FD_CLOEXEC);
    }
    interpret(&stage);
}
