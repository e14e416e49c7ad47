#include "failure.h"

#include "bytes.h"
#include "cause.h"
#include "words.h"
#include "writer.h"

/* A step of an operation, as a key beside those of operations. */
#define STEP(detail) (128 + (detail))

/* Verb and object of the message; an empty object is in the operands. */
#define VERBS(X) \
    X(OP_UNSHARE, "create namespaces", "") \
    X(OP_CLONE, "create namespaces", "") \
    X(OP_ENTER, "enter", "namespaces of the node") \
    X(OP_OOM_SCORE, "set", "oom score") \
    X(OP_JOIN, "join namespace", "") \
    X(OP_MAKE_PRIVATE, "make private", "/") \
    X(OP_ID_MAP, "create namespaces", "user") \
    X(OP_ROOT, "mount", "/") \
    X(OP_ENSURE_DIRECTORY, "create directory", "") \
    X(OP_BIND, "bind", "") \
    X(OP_TMPFS, "mount", "") \
    X(OP_DEVPTS, "mount", "") \
    X(OP_PROCFS, "mount", "") \
    X(OP_MQUEUE, "mount", "") \
    X(OP_DIRECTORY, "create directory", "") \
    X(OP_SYMLINK, "create link", "") \
    X(OP_FILE, "create file", "") \
    X(OP_PROTECT, "protect", "") \
    X(OP_MASK, "hide", "") \
    X(OP_PIVOT_ROOT, "change to", "new root") \
    X(OP_DETACH_OLD_ROOT, "detach", "old root") \
    X(OP_LOOPBACK, "bring up", "lo") \
    X(OP_HOSTNAME, "set host name", "") \
    X(OP_LOCK, "lock", "") \
    X(OP_NEST_USER_NAMESPACE, "create namespaces", "user") \
    X(OP_FORK, "start", "program") \
    X(OP_BECOME_PROGRAM, "start", "program") \
    X(OP_DETACH, "open", "log of the program") \
    X(OP_EXEC_LABEL, "apply the label", "") \
    X(OP_SMACK, "apply the Smack label", "") \
    X(OP_LANDLOCK, "restrict", "access by Landlock") \
    X(OP_CHDIR, "enter directory", "") \
    X(OP_IDENTITY, "change to", "") \
    X(OP_RESET_ATTRIBUTES, "reset", "process attributes") \
    X(OP_SESSION_KEYRING, "create", "session keyring") \
    X(OP_SECCOMP, "filter system calls by", "") \
    X(OP_EXEC, "execute", "") \
    X(OP_SEALED, "start what was sealed from", "") \
    X(OP_HOLD, "lock the content of", "") \
    X(STEP(DETAIL_SEAL_USER), "start", "the launcher") \
    X(STEP(DETAIL_SEAL_KERNEL), "start", "the launcher") \
    X(STEP(DETAIL_UID_MAP), "write", "uid_map") \
    X(STEP(DETAIL_SETGROUPS), "write", "setgroups") \
    X(STEP(DETAIL_GID_MAP), "write", "gid_map") \
    X(STEP(DETAIL_CGROUP), "enter", "cgroup of the node") \
    X(STEP(DETAIL_HELPER), "map ids with", "newuidmap") \
    X(STEP(DETAIL_ID_MAP), "map ids of", "") \
    X(STEP(DETAIL_GROUPS), "set", "supplementary groups") \
    X(STEP(DETAIL_MEMFD), "set", "vm.memfd_noexec") \
    X(STEP(DETAIL_INIT), "prepare", "init of the node")
#define VERB_KEY(key, verb, object) key,
#define VERB_WORDS(key, verb, object) verb "\0" object "\0"
static const uint8_t verb_keys[] = {VERBS(VERB_KEY)};
static const struct words verbs = {verb_keys, sizeof verb_keys, 2, VERBS(VERB_WORDS)};

/*
 * Only where an errno is known to mislead. Errno 0 stands for all of them, operation 0 too; an empty hint is that of the
 * next row.
 */
#define HINTS(X) \
    X(STEP(DETAIL_MAGIC_LINK), 0, "a link of /proc that stands for files of another process") \
    X(STEP(DETAIL_NODE_LINK), 0, "a link in the directory of a node, or into it: name what is behind it") \
    X(STEP(DETAIL_FOREIGN_LINK), 0, "a link that others than root could have made") \
    X(STEP(DETAIL_WRITABLE_LINK), 0, "a link in a directory that programs can write to") \
    X(STEP(DETAIL_READ_ONLY), 0, "it is to be made in a read-only export") \
    X(STEP(DETAIL_REPLACED), 0, "it was replaced meanwhile") \
    X(STEP(DETAIL_HELPER), 0, "see newuidmap(1), /etc/subuid and /etc/subgid") \
    X(STEP(DETAIL_INTERPRETER), 0, "it exists, but the interpreter or loader that it names does not") \
    X(STEP(DETAIL_VERIFY), 0, "the kernel accepted it without applying it") \
    X(STEP(DETAIL_ID_MAP), 0, "no id-mapped mounts here (Linux 5.12, not all file systems): export another, or share_user") \
    X(STEP(DETAIL_LABEL), 0, "the kernel spells it differently") \
    X(STEP(DETAIL_UID_MAP), 0, "") \
    X(STEP(DETAIL_GID_MAP), 0, "no overlap, and only ids that the caller may map") \
    X(OP_PROCFS, EPERM, "it needs a pid namespace of its own, and nothing mounted over the caller's /proc") \
    X(OP_PROCFS, EINVAL, "proc: pid needs Linux 5.8") \
    X(OP_MQUEUE, EPERM, "it needs an ipc namespace of its own") \
    X(OP_CLONE, EPERM, "user namespaces may be restricted: see /proc/sys/kernel/*userns*; a chroot has none") \
    X(OP_FILE, ENOSPC, "the root of a node holds 16M: a Tmpfs around it, with a size, holds more") \
    X(OP_CLONE, ENOSPC, "see the limits in /proc/sys/user") \
    X(OP_CLONE, EINVAL, "this kernel may lack one of them") \
    X(OP_ENTER, EPERM, "only root, and who has started a node, may enter it") \
    X(OP_ENTER, ESRCH, "the node has ended meanwhile") \
    X(OP_OOM_SCORE, EACCES, "only a privileged caller can go below its own score") \
    X(OP_CAPABILITIES, EPERM, "a process can only keep what its caller holds") \
    X(OP_PIVOT_ROOT, EINVAL, "the caller's root file system may be an initramfs") \
    X(OP_DIRECTORY, EINVAL, "") \
    X(OP_TMPFS, EINVAL, "") \
    X(OP_IDENTITY, EINVAL, "ids must have a mapping in the node's user namespace") \
    X(OP_SESSION_KEYRING, EDQUOT, "see the limits in /proc/sys/kernel/keys") \
    X(OP_SECUREBITS, EPERM, "it takes CAP_SETPCAP, and no bits that the caller has locked") \
    X(OP_SECCOMP, ENOSYS, "") \
    X(OP_SECCOMP, EINVAL, "this kernel has no filters of system calls (CONFIG_SECCOMP_FILTER)") \
    X(OP_LANDLOCK, ENOSYS, "") \
    X(OP_LANDLOCK, EOPNOTSUPP, "this kernel has no Landlock, or an older one than asked for (landlock(7), lsm= at boot)") \
    X(OP_SMACK, EINVAL, "this kernel runs without Smack: start it with smack in lsm=, or leave the label out") \
    X(OP_EXEC_LABEL, ENOENT, "no such profile is loaded") \
    X(OP_EXEC_LABEL, EINVAL, "the security module knows none such, or does not run") \
    X(OP_SMACK, EBADF, "") \
    X(OP_SMACK, EXDEV, "") \
    X(OP_EXEC_LABEL, EBADF, "") \
    X(OP_EXEC_LABEL, EXDEV, "the caller's /proc is no procfs, or partly covered") \
    X(OP_EXEC, EPERM, "a security module may forbid the new label under no_new_privs") \
    X(OP_EXEC, EACCES, "it must be an executable file, not on a noexec mount, and the label allow it") \
    X(OP_LOCK, EAGAIN, "another process holds it") \
    X(STEP(DETAIL_SEAL_USER), 0, "it was sealed by another user: seal it as who starts it") \
    X(STEP(DETAIL_SEAL_KERNEL), 0, "it was sealed for a newer kernel: seal it here") \
    X(OP_SEALED, ESTALE, "seal the launcher again: redpak seal") \
    X(OP_HOLD, EBUSY, "a transaction in it is not finished: redpak recover finishes it") \
    X(0, EAGAIN, "see RLIMIT_NPROC, and pids.max of the cgroup") \
    X(0, ENOSPC, "see also /proc/sys/fs/mount-max")
#define HINT_KEY(key, error, text) {key, error},
#define HINT_WORD(key, error, text) text "\0"
static const uint8_t hint_keys[][2] = {HINTS(HINT_KEY)};
static const char hint_words[] = HINTS(HINT_WORD);

static const char *find_hint(uint8_t key, uint8_t error) {
    for (uint32_t i = 0; i < sizeof hint_keys / 2; i++) {
        if (hint_keys[i][0] != key || hint_keys[i][1] != error) continue;
        const char *hint = nth_word(hint_words, i);
        while (!*hint) hint++;
        return hint;
    }
    return NULL;
}

static const char *hint_for(uint8_t code, const struct report *report) {
    uint8_t error = (uint8_t)report->error;
    const char *hint = find_hint(STEP(report->detail), 0);
    if (!hint && !report->detail) hint = find_hint(code, error);
    return hint ? hint : find_hint(0, error);
}

static const char *verb_word(uint8_t code, uint8_t detail, uint8_t n) {
    const char *word = find_word(&verbs, STEP(detail), n);
    return word ? word : find_word(&verbs, code, n);
}

/* In the order of their bits. */
static void print_namespaces(struct writer *writer, uint32_t namespaces) {
    static const uint8_t bits[] = {7, 17, 25, 26, 27, 28, 29, 30};
    static const struct words names = {bits, 8, 1, "time\0mount\0cgroup\0uts\0ipc\0user\0pid\0net"};
    const char *separator = "";
    for (uint8_t bit = 0; bit < 32; bit++) {
        if (!(namespaces >> bit & 1)) continue;
        print(writer, separator);
        print(writer, find_word(&names, bit, 0));
        separator = " ";
    }
}

static void print_resource(struct writer *writer, uint32_t resource) {
    print(writer, "RLIMIT_");
    if (resource > 15) print_number(writer, resource);
    else print(writer, nth_word("CPU\0FSIZE\0DATA\0STACK\0CORE\0RSS\0NPROC\0NOFILE\0MEMLOCK\0AS\0LOCKS\0SIGPENDING\0"
                                "MSGQUEUE\0NICE\0RTPRIO\0RTTIME", resource));
}

/* What the operation was about, in the words of the plan: a source, the last text, the first of a list, or what else there is. */
static void print_object(struct writer *writer, struct operation operation, const struct report *report,
                         print_function *print_text) {
    uint8_t detail = report->detail;
    const char *object = verb_word((uint8_t)operation.code, detail, 1);
    if (!object) object = operation_name((uint8_t)operation.code);
    struct reader *operands = &operation.operands;
    if (operation.code == OP_RLIMIT) {
        print_resource(writer, take_number(operands));
        object = "";
    } else if (operation.code == OP_IDENTITY && !*object) {
        print_number(writer, take_number(operands));
        print(writer, ":");
        print_number(writer, take_number(operands));
    } else if (!*object) {
        for (const char *kind = operation_kinds((uint8_t)operation.code); *kind; kind++) {
            if (operation.code == OP_SEALED && *kind == KIND_NUMBER) {
                take_number(operands);
                continue;
            }
            if (*kind == KIND_SOURCE || *kind == KIND_CONTENT) {
                object = take_source(operands).path;
                if (*kind == KIND_SOURCE && *object) break;
            } else if (*kind == KIND_TEXT) object = take_text(operands);
            else if (*kind == KIND_TEXTS && take_number(operands)) {
                for (uint32_t i = 0; i <= report->item; i++) object = take_text(operands);
            } else if (*kind == KIND_NAMESPACE || *kind == KIND_NAMESPACES) {
                print_namespaces(writer, take_number(operands));
            }
            if (*kind != KIND_SOURCE && *kind != KIND_CONTENT && *kind != KIND_TEXT) break;
        }
    }
    print_text(writer, object);
}

static void print_error(struct writer *writer, int error) {
    if (error_name(error)) print(writer, error_name(error));
    else print_number(writer, (uint32_t)error);
}

static void say_failure(struct writer *writer, const struct operation *operation, const struct report *report) {
    const char *verb = verb_word((uint8_t)operation->code, report->detail, 0);
    const char *reason = error_text(report->error);
    const char *hint = report->code == EXIT_NOT_PERMITTED ? find_cause(report->error) : NULL;
    if (!hint) hint = hint_for((uint8_t)operation->code, report);
    print(writer, "redpak: Cannot ");
    print(writer, verb ? verb : "set");
    print(writer, " \"");
    print_object(writer, *operation, report, print_visible);
    print(writer, "\": ");
    print(writer, reason ? reason : "error");
    print(writer, " (");
    print_error(writer, report->error);
    print(writer, ")");
    if (*operation->file) {
        print(writer, "\n  configured at ");
        print_visible(writer, operation->file);
        print(writer, ":");
        print_number(writer, operation->line);
        print(writer, ":");
        print_number(writer, operation->column);
    }
    if (hint) {
        print(writer, "\n  hint: ");
        print(writer, hint);
    }
    print(writer, "\n");
    flush(writer);
}

/* ---- lines of JSON ---- */

static void open_line(struct writer *writer, const struct stage *stage, const char *event) {
    writer->descriptor = (int)stage->plan.report;
    writer->length = 0;
    print(writer, "{\"event\":\"");
    print(writer, event);
    print(writer, "\"");
}

static void print_name(struct writer *writer, const char *name) {
    print(writer, ",\"");
    print(writer, name);
    print(writer, "\":");
}

static void print_member(struct writer *writer, const char *name, uint32_t number) {
    print_name(writer, name);
    print_number(writer, number);
}

static void close_line(struct writer *writer) {
    print(writer, "}\n");
    flush(writer);
}

static void report_failure(struct writer *writer, const struct operation *operation, const struct report *report) {
    print_name(writer, "operation");
    print(writer, "\"");
    print(writer, operation_name((uint8_t)operation->code));
    print(writer, "\",\"object\":\"");
    print_object(writer, *operation, report, print_json);
    print(writer, "\",\"errno\":\"");
    print_error(writer, report->error);
    print(writer, "\"");
    if (*operation->file) {
        print(writer, ",\"file\":\"");
        print_json(writer, operation->file);
        print(writer, "\"");
        print_member(writer, "line", operation->line);
        print_member(writer, "column", operation->column);
    }
    print_member(writer, "code", report->code);
    close_line(writer);
}

/* ---- */

void say(const char *what, const char *why) {
    struct writer writer;
    writer.descriptor = 2;
    writer.length = 0;
    print(&writer, "redpak: ");
    print(&writer, what);
    print(&writer, ": ");
    print(&writer, why);
    print(&writer, "\n");
    flush(&writer);
}

void tell_failure(const struct stage *stage, const struct report *report) {
    struct writer writer;
    struct operation operation;
    struct reader records = stage->plan.records;
    records.at += report->place;
    next_operation(&records, &operation);
    writer.descriptor = 2;
    writer.length = 0;
    say_failure(&writer, &operation, report);
    if (stage->plan.report == NO_REPORT) return;
    open_line(&writer, stage, "setup-failed");
    report_failure(&writer, &operation, report);
}

void tell_started(const struct stage *stage, int pid) {
    struct writer writer;
    if (stage->plan.report == NO_REPORT) return;
    open_line(&writer, stage, "started");
    print_member(&writer, "pid", (uint32_t)pid);
    close_line(&writer);
}

void tell_parted(const struct stage *stage) {
    struct writer writer;
    struct reader texts = stage->plan.started;
    take_text(&texts); /* the log */
    writer.descriptor = 1;
    writer.length = 0;
    for (uint32_t count = take_number(&texts); count; count--) {
        print(&writer, take_text(&texts));
        if (count > 1) print_number(&writer, (uint32_t)stage->init);
    }
    flush(&writer);
}

void tell_exited(const struct stage *stage, int wait_status) {
    struct writer writer;
    if (stage->plan.report == NO_REPORT) return;
    open_line(&writer, stage, "exited");
    print_member(&writer, "code", (uint32_t)wait_code(wait_status));
    if (!wait_exited(wait_status)) print_member(&writer, "signal", (uint32_t)wait_signal(wait_status));
    close_line(&writer);
}
