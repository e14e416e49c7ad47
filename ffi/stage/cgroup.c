#include "cgroup.h"

#include "bytes.h"
#include "groups.h"

int enter_cgroup(struct stage *stage, struct reader *operands) {
    struct source source = take_source(operands);
    stage->cgroup_levels = take_number(operands);
    if (source.kind == SOURCE_PATH) return make_groups(stage, operands);
    stage->cgroup = (int)source.descriptor;
    return 0;
}

static long plain_clone(uint32_t namespaces) {
    return CALL(clone, namespaces | SIGCHLD, NULL, NULL, NULL, NULL, 0);
}

long clone_into_cgroup(struct stage *stage, uint32_t namespaces) {
    bool grouped = stage->cgroup >= 0;
    bool timed = namespaces & NAMESPACE_TIME; /* for clone(2) that bit is a signal's */
    if (!grouped && !timed) return plain_clone(namespaces);
    struct clone_args arguments = {.flags = namespaces, .exit_signal = SIGCHLD};
    if (grouped) {
        stage->own_cgroup_view = namespaces & NAMESPACE_CGROUP;
        namespaces &= ~NAMESPACE_CGROUP;
        arguments.flags = CLONE_INTO_CGROUP | namespaces;
        arguments.cgroup = (uint64_t)stage->cgroup;
    }
    long pid = CALL(clone3, &arguments, sizeof arguments);
    /* Before Linux 5.3 and 5.7, or behind a filter, which cannot see the flags of clone3. */
    if (timed || (pid != -ENOSYS && pid != -E2BIG && pid != -EPERM)) return pid;
    pid = plain_clone(namespaces);
    if (pid <= 0) return pid;
    char text[12];
    append_number(text, (uint32_t)pid, 10);
    int error = write_group_file(stage->cgroup, "cgroup.procs", text);
    return error < 0 ? error : pid;
}

bool ran_out_of_memory(const struct stage *stage) {
    char events[256];
    if (stage->cgroup < 0 || read_file(stage->cgroup, "memory.events", events, sizeof events) < 0) return false;
    for (const char *at = events; *at; at++) {
        const char *count = after(at, "\noom_kill ");
        if (count) return *count != '0';
    }
    return false;
}

/* A process that was killed stays in its group until the kernel has taken it apart. */
#define REMOVE_TRIES 100

static void end_cgroup(const struct stage *stage) {
    write_group_file(stage->cgroup, "cgroup.kill", "1"); /* Linux 5.14 */
}

void remove_cgroup(const struct stage *stage) {
    char link[32], path[4096];
    int group = stage->cgroup;
    if (stage->cgroup < 0) return;
    append_number(append(link, "/proc/self/fd/"), (uint32_t)stage->cgroup, 10);
    long length = CALL(readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    if (length <= 0) return end_cgroup(stage);
    path[length] = 0;
    for (uint32_t level = 0; level <= stage->cgroup_levels; level++) {
        long error;
        /* From one group to the next by descriptors: its path need not be that of this process any more. */
        int parent = open_at(group, "..", O_PATH);
        while (length && path[length - 1] != '/') length--;
        for (int tries = level ? 1 : REMOVE_TRIES; tries; tries--) {
            struct { long seconds, nanoseconds; } pause = {0, 10000000};
            error = CALL(unlinkat, parent, path + length, AT_REMOVEDIR);
            if (error != -EBUSY || tries == 1) break;
            end_cgroup(stage);
            CALL(ppoll, NULL, 0, &pause, NULL, 0);
        }
        if (error < 0 || !length) return;
        path[--length] = 0;
        group = parent;
    }
}
