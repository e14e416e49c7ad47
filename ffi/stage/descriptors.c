#include "descriptors.h"

#include <linux/close_range.h>

#include "bytes.h"

#define NO_LIMIT 0xffffffffu

int open_standard_descriptors(void) {
    for (int fd = 0; fd < 3; fd++) {
        if (CALL(fcntl, fd, F_GETFD) != -EBADF) continue;
        /* The lowest free number is this one, because those below are open. */
        int opened = CALL(openat, AT_FDCWD, "/dev/null", O_RDWR);
        if (opened < 0) return opened;
    }
    return 0;
}

struct directory_entry {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

/* Kernels before 5.11 cannot mark a range: ask which descriptors there are. */
static int mark_listed(uint32_t first) {
    int directory = open_at(AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY);
    if (directory < 0) return directory;
    uint8_t buffer[512] __attribute__((aligned(8)));
    long filled;
    while ((filled = CALL(getdents64, directory, buffer, sizeof buffer)) > 0) {
        for (long at = 0; at < filled;) {
            struct directory_entry *entry = (struct directory_entry *)(buffer + at);
            at += entry->length;
            uint32_t fd = 0;
            if (entry->name[0] == '.') continue;
            for (const char *digit = entry->name; *digit; digit++) fd = 10 * fd + (uint32_t)(*digit - '0');
            if (fd >= first) CALL(fcntl, fd, F_SETFD, FD_CLOEXEC);
        }
    }
    close_descriptor(directory);
    return filled;
}

int mark_descriptors(uint32_t first) {
    int error = CALL(close_range, first, NO_LIMIT, CLOSE_RANGE_CLOEXEC);
    return error == -ENOSYS || error == -EINVAL ? mark_listed(first) : error;
}

static bool is_kept(const struct stage *stage, int fd) {
    return fd == stage->control || fd == stage->signals || fd == stage->children || fd == stage->processes ||
           (stage->kept[fd / 64] >> fd % 64 & 1);
}

/* Where close_range(2) is missing, what is above stays open in a process that never executes anything and shows it to nobody. */
static void close_between(int first, int end) {
    if (first >= end || CALL(close_range, first, end - 1, 0) == 0) return;
    for (int fd = first; fd < end; fd++) close_descriptor(fd);
}

void close_descriptors(struct stage *stage) {
    int first = 0;
    for (int fd = 0; fd < DESCRIPTORS_KEPT; fd++) {
        if (!is_kept(stage, fd)) continue;
        close_between(first, fd);
        first = fd + 1;
    }
    close_between(first, DESCRIPTORS_KEPT);
    CALL(close_range, DESCRIPTORS_KEPT, NO_LIMIT, 0);
}
