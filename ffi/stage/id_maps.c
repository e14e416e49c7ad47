#include "id_maps.h"

#include "bytes.h"

/* A line of three numbers, which the kernel takes as many as 340 of. */
#define LINE_SIZE 34
#define MOST_LINES 60

/* The kernel takes a map in a single write only. No map leaves the ids without mapping. */
static int write_map(int process, const char *name, struct reader *operands) {
    char text[MOST_LINES * LINE_SIZE];
    char *end = text;
    uint32_t count = take_number(operands);
    if (!count) return 0;
    if (count > MOST_LINES) return -EINVAL;
    while (count--) {
        end = append(append_number(end, take_number(operands), 10), " ");
        end = append(append_number(end, take_number(operands), 10), " ");
        end = append(append_number(end, take_number(operands), 10), "\n");
    }
    return write_file(process, name, text, (size_t)(end - text));
}

/* Whether the kernel lets `id` write this map without privileges: nobody but that id. */
static bool is_only(struct reader maps, uint32_t id) {
    if (take_number(&maps) != 1) return false;
    take_number(&maps);
    return take_number(&maps) == id && take_number(&maps) == 1;
}

/* The ranges of /etc/subuid and /etc/subgid: newuidmap(1) is privileged to write maps of them. */
static int map_by_helper(struct stage *stage, const char *helper, struct reader *operands) {
    char numbers[3 * MOST_LINES + 1][11];
    const char *arguments[3 * MOST_LINES + 3] = {helper, numbers[0]};
    uint32_t count = 3 * take_number(operands);
    if (count > 3 * MOST_LINES) return -EINVAL;
    append_number(numbers[0], (uint32_t)stage->init, 10);
    for (uint32_t i = 1; i <= count; i++) {
        append_number(numbers[i], take_number(operands), 10);
        arguments[i + 1] = numbers[i];
    }
    stage->detail = DETAIL_HELPER;
    int pid = (int)CALL(clone, SIGCHLD, NULL, NULL, NULL, NULL, 0);
    if (pid == 0) {
        int error = CALL(execve, helper, arguments, arguments + count + 2);
        leave(-error);
    }
    int status;
    if (pid < 0) return pid;
    pid = CALL(wait4, pid, &status, 0, NULL);
    if (pid < 0) return pid;
    return !status ? 0 : wait_exited(status) && wait_code(status) == ENOENT ? -ENOENT : -EPERM;
}

static int open_process(int pid) {
    char path[24];
    append_number(append(path, "/proc/"), (uint32_t)pid, 10);
    return open_at(AT_FDCWD, path, O_PATH);
}

/* INVARIANT: setgroups before gid_map, the kernel demands it of callers without privileges (user_namespaces(7)). */
int write_init_maps(struct stage *stage, struct reader *maps) {
    struct reader gid_maps = *maps;
    skip_id_maps(&gid_maps);
    struct reader flags = gid_maps;
    skip_id_maps(&flags);
    int process = open_process(stage->init);
    if (process < 0) return process;
    uint32_t uid = (uint32_t)CALL(geteuid);

    stage->detail = DETAIL_UID_MAP;
    int error = uid == 0 || is_only(*maps, uid) ? write_map(process, "uid_map", maps)
                                                : map_by_helper(stage, "/usr/bin/newuidmap", maps);
    if (error < 0) return error;
    stage->detail = DETAIL_SETGROUPS;
    if (take_number(&flags) && (error = write_file(process, "setgroups", "deny", 4)) < 0) return error;
    stage->detail = DETAIL_GID_MAP;
    error = uid == 0 || is_only(gid_maps, (uint32_t)CALL(getegid)) ? write_map(process, "gid_map", &gid_maps)
                                                                   : map_by_helper(stage, "/usr/bin/newgidmap", &gid_maps);
    if (error < 0) return error;
    stage->detail = DETAIL_NONE;
    close_descriptor(process);
    return 0;
}

int nest_user_namespace(struct stage *stage, struct reader *operands) {
    int error = CALL(unshare, NAMESPACE_USER | NAMESPACE_MOUNT);
    if (error < 0) return error;
    stage->detail = DETAIL_UID_MAP;
    if ((error = write_map(stage->process, "uid_map", operands)) < 0) return error;
    stage->detail = DETAIL_GID_MAP;
    return write_map(stage->process, "gid_map", operands);
}

/* Until it is waited for, a child that has ended still has the user namespace that it was made with. */
int make_id_map(struct stage *stage, struct reader *operands) {
    int pid = (int)CALL(clone, NAMESPACE_USER, NULL, NULL, NULL, NULL, 0);
    if (pid == 0) leave(0);
    if (pid < 0) return pid;
    int process = open_process(pid);
    int error = process;
    stage->detail = DETAIL_UID_MAP;
    if (error >= 0) error = write_map(process, "uid_map", operands);
    if (error == 0) stage->detail = DETAIL_GID_MAP;
    if (error == 0) error = write_map(process, "gid_map", operands);
    if (error == 0) stage->detail = DETAIL_NONE;
    if (error == 0) error = stage->id_map = open_at(process, "ns/user", O_RDONLY);
    close_descriptor(process);
    CALL(wait4, pid, NULL, WALL, NULL);
    return error < 0 ? error : 0;
}
