#include "seal.h"

#include "bytes.h"
#include "failure.h"
#include "walk.h"
#include "words.h"

/* ---- freshness ---- */

static uint64_t nanoseconds(const struct statx_timestamp *time) {
    return (uint64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

/* A link is looked at itself: what it leads to is another of the files. */
static bool is_fresh(const char *path, struct reader *stamps) {
    struct statx status;
    uint64_t stamp[4];
    for (int i = 0; i < 4; i++) stamp[i] = take_size(stamps);
    int error = CALL(statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &status);
    if (error < 0) return (error == -ENOENT || error == -ENOTDIR) && !stamp[0];
    return status.stx_ino == stamp[0] && status.stx_size == stamp[1] && nanoseconds(&status.stx_mtime) == stamp[2] &&
           nanoseconds(&status.stx_ctime) == stamp[3];
}

struct system_name {
    char system[65], node[65], release[65], version[65], machine[65], domain[65];
};

uint32_t read_number(const char **text) {
    uint32_t number = 0;
    for (; **text >= '0' && **text <= '9'; ++*text) number = 10 * number + (uint32_t)(**text - '0');
    return number;
}

/* The first two numbers of a release, "6.12.1": the first in the high half. */
static uint32_t kernel_version(void) {
    struct system_name name;
    if (CALL(uname, &name) < 0) return 0;
    const char *at = name.release;
    uint32_t version = read_number(&at) << 16;
    if (*at) at++;
    return version | read_number(&at);
}

#define MOST_ARGUMENTS 64

/* Comes back only when it fails. */
static int renew(const struct stage *stage, struct reader *command) {
    const char *arguments[MOST_ARGUMENTS];
    uint32_t count = take_number(command);
    uint64_t given = (uint64_t)stage->caller[0] - 1; /* behind the launcher's name */
    if (!count) return -ESTALE;
    if (count + given >= MOST_ARGUMENTS) return -E2BIG;
    const char **end = arguments;
    while (count--) *end++ = take_text(command);
    memcpy(end, stage->caller + 2, (given + 1) * sizeof *end);
    return CALL(execve, arguments[0], arguments, stage->caller + 3 + given);
}

int check_seal(struct stage *stage, struct reader *operands) {
    stage->detail = DETAIL_SEAL_USER;
    if ((uint32_t)CALL(geteuid) != take_number(operands) || (uint32_t)CALL(getegid) != take_number(operands)) return -EPERM;
    stage->detail = DETAIL_SEAL_KERNEL;
    uint32_t needed = take_number(operands);
    if (needed > kernel_version()) return -EOPNOTSUPP;
    stage->detail = DETAIL_NONE;

    struct reader files = *operands;
    uint32_t count = take_number(&files);
    struct reader stamps = files;
    for (uint32_t i = 0; i < count; i++) take_text(&stamps);
    struct reader command = stamps;
    for (uint32_t sizes = take_number(&command); sizes; sizes--) take_size(&command);
    if (take_number(&stamps) != 4 * count) return -EINVAL;
    for (; stage->item < count; stage->item++) {
        if (!is_fresh(take_text(&files), &stamps)) return renew(stage, &command);
    }
    return 0;
}

int take_caller(struct stage *stage, struct reader *operands) {
    take_number(operands); /* sockets */
    stage->passed_on = *operands;
    int length = CALL(getcwd, stage->directory, PATH_SIZE);
    if (length < 0) *stage->directory = 0;
    return 0;
}

/* ---- the content of nodes ---- */

/* Which of a node's directories is locked, and the sign that its content is being switched: src/store/node_files.ts. */
#define LOCKED "/etc"
#define SWITCHING "/.redpak/commit.json"
/* A switch takes a few milliseconds. */
#define PAUSE 5000000
#define PAUSES 1000

static int lock_content(struct stage *stage, const char *node) {
    char path[PATH_SIZE];
    struct statx status;
    if (length_of(node) + sizeof SWITCHING > PATH_SIZE) return -ENAMETOOLONG;
    char *end = append(path, node);
    for (int pauses = 0;; pauses++) {
        append(end, LOCKED);
        int fd = open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
        bool is_locked = fd >= 0 && CALL(flock, fd, LOCK_SH | LOCK_NB) == 0;
        append(end, SWITCHING);
        bool is_switching = CALL(statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &status) == 0;
        if (is_locked && !is_switching) {
            stage->held[stage->held_count++] = fd;
            return 0;
        }
        if (fd >= 0) close_descriptor(fd);
        /* Whoever else holds the lock must not keep nodes from starting. */
        if (pauses == PAUSES || fd < 0) return is_switching ? -EBUSY : 0;
        struct { long seconds, nanoseconds; } pause = {0, PAUSE}; /* the call makes it what is left of it */
        CALL(ppoll, NULL, 0, &pause, NULL, 0);
    }
}

int hold(struct stage *stage, struct reader *operands) {
    uint32_t count = take_number(operands);
    if (count > MOST_HELD) return -E2BIG;
    for (stage->item = 0; stage->item < count; stage->item++) {
        int error = lock_content(stage, take_text(operands));
        if (error < 0) return error;
    }
    return 0;
}
