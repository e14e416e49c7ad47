/* What is written down about a launch, so that the running node can be found again. */
#include "record.h"

#include "bytes.h"
#include "failure.h"
#include "walk.h"
#include "words.h"

/* Of a start time, a number of 64 bits. */
#define MOST_DIGITS 20

/* What is behind the name of the program, which may hold anything, is numbers: the start time is the 22nd field, proc(5). */
static const char *start_time(char text[]) {
    char *at = text;
    for (char *c = text; *c; c++) {
        if (*c == ')') at = c;
    }
    for (int blanks = 22 - 2; *at && blanks; at++) blanks -= *at == ' ';
    for (char *c = at; *c; c++) {
        if (*c == ' ') *c = 0;
    }
    return at;
}

/* A directory that somebody else could have put something into is refused. */
static int open_records(const char *path) {
    struct statx status;
    int directory = open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (directory == -ENOENT) {
        CALL(mkdirat, AT_FDCWD, path, 0700);
        directory = open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    }
    if (directory < 0) return directory;
    int error = status_of(directory, &status);
    if (error < 0) return error;
    return status.stx_uid != (uint32_t)CALL(geteuid) || status.stx_mode & 077 ? -EPERM : directory;
}

static int write_plan(int fd, const struct plan *plan) {
    char boot[64];
    int error = read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", boot, sizeof boot);
    if (error < 0) return error;
    struct { const void *base; size_t size; } parts[] = {{boot, length_of(boot)}, {plan->bytes, plan->size}};
    return CALL(writev, fd, parts, 2);
}

/* What begins it says which pid namespace the numbers are of, and the ending what the process is: src/launch/run_record.ts. */
static int name_record(char *name, int pid, const char *ending) {
    char path[32], text[1024];
    struct statx namespace;
    int error = CALL(statx, AT_FDCWD, "/proc/self/ns/pid", 0, STATX_INO, &namespace);
    if (error < 0) return error;
    append(append_number(append(path, "/proc/"), (uint32_t)pid, 10), "/stat");
    if ((error = read_file(AT_FDCWD, path, text, sizeof text)) < 0) return error;
    char *end = append(append_number(name, namespace.stx_ino, 10), ".");
    end = append(append_number(end, (uint32_t)pid, 10), ".");
    const char *time = start_time(text);
    if (length_of(time) > MOST_DIGITS) return -EINVAL;
    append(append(end, time), ending);
    return 0;
}

static int make_record(struct stage *stage, const char *path) {
    char hidden[RECORD_NAME_SIZE];
    int directory = open_records(path);
    int error = directory;
    if (error < 0) return error;
    hidden[0] = '.';
    if ((error = name_record(hidden + 1, (int)CALL(getpid), ".json")) < 0) return error;

    /* It appears in one step, complete. */
    int fd = CALL(openat, directory, hidden, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return fd;
    error = write_plan(fd, &stage->plan);
    close_descriptor(fd);
    append(stage->record_name, hidden + 1);
    if (error >= 0) error = CALL(renameat, directory, hidden, directory, stage->record_name);
    if (error < 0) return CALL(unlinkat, directory, hidden, 0), error;
    stage->plan.record = stage->record_name;
    stage->plan.record_directory = (uint32_t)directory;
    return 0;
}

static void say_unrecorded(int error) {
    say("ps, stats, enter, stop and audit will not find this node, it cannot be recorded", error_text(-error));
}

/* A node that cannot be found again is no less confined: a full or read-only /run does not stop a machine's nodes. */
int write_record(struct stage *stage, struct reader *operands) {
    int error = make_record(stage, take_text(operands));
    if (error < 0) say_unrecorded(error);
    return 0;
}

void hand_on_record(struct stage *stage) {
    char name[RECORD_NAME_SIZE];
    int directory = (int)stage->plan.record_directory;
    if (!stage->plan.record) return;
    int error = name_record(name, stage->init, stage->plan.no_init ? ".program.json" : ".init.json");
    if (error == 0) error = CALL(renameat, directory, stage->plan.record, directory, name);
    if (error < 0) {
        CALL(unlinkat, directory, stage->plan.record, 0);
        say_unrecorded(error);
        stage->plan.record = NULL;
        return;
    }
    append(stage->record_name, name);
    stage->plan.record = stage->record_name;
}
