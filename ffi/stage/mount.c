#include "mount.h"

#include "bytes.h"
#include "remount.h"
#include "walk.h"

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000 /* Linux 5.14 */
#endif

/* The plan's options have the values that mount(2) and mount_setattr(2) agree on, but for one, where it is mount(2)'s. */
_Static_assert(OPTION_RO == MS_RDONLY && OPTION_RO == MOUNT_ATTR_RDONLY, "ro");
_Static_assert(OPTION_NOSUID == MS_NOSUID && OPTION_NOSUID == MOUNT_ATTR_NOSUID, "nosuid");
_Static_assert(OPTION_NODEV == MS_NODEV && OPTION_NODEV == MOUNT_ATTR_NODEV, "nodev");
_Static_assert(OPTION_NOEXEC == MS_NOEXEC && OPTION_NOEXEC == MOUNT_ATTR_NOEXEC, "noexec");
_Static_assert(OPTION_NOSYMFOLLOW == 0x100, "nosymfollow"); /* MS_NOSYMFOLLOW, Linux 5.10 */
_Static_assert(OPTION_IDMAP == MOUNT_ATTR_IDMAP, "idmap");

/*
 * What covers the root directory: paths still begin below it, and only ".." from there leads on top (follow_dotdot of
 * fs/namei.c, as long as there have been mounts on directories).
 */
#define ON_TOP "/.."

int create_mount(const char *type, unsigned long flags, const char *data) {
    int error = CALL(mount, "none", "/", type, flags, data);
    return error < 0 ? error : open_at(AT_FDCWD, ON_TOP, O_PATH);
}

int mount_descriptors(struct stage *stage, int source, int target, unsigned long flags) {
    char from[16], to[16];
    append_number(append(from, "fd/"), (uint32_t)source, 10);
    append_number(append(to, "fd/"), (uint32_t)target, 10);
    int error = CALL(fchdir, stage->process);
    return error < 0 ? error : CALL(mount, source == NO_SOURCE ? NULL : from, to, NULL, flags, NULL);
}

int restrict_mounts(int fd, uint32_t options) {
    uint32_t moved = options & OPTION_NOSYMFOLLOW;
    options ^= moved | moved * (MOUNT_ATTR_NOSYMFOLLOW / OPTION_NOSYMFOLLOW);
    struct mount_attr attributes = {.attr_set = options, .propagation = MS_PRIVATE};
    return CALL(mount_setattr, fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof attributes);
}

int map_mounts(struct stage *stage, int fd) {
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint32_t)stage->id_map};
    stage->detail = DETAIL_ID_MAP;
    /* Only who has made the file system may: init, in the node's user namespace, has not. */
    if (stage->id_map < 0) return -EOPNOTSUPP;
    int error = CALL(mount_setattr, fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof attributes);
    if (error == 0) stage->detail = DETAIL_NONE;
    return error;
}

int attach_mount(struct stage *stage, int fd, int place) {
    int error = CALL(move_mount, fd, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
    return error == -ENOSYS ? mount_descriptors(stage, fd, place, MS_MOVE) : error;
}

int copy_mounts(int source) {
    return CALL(open_tree, source, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
}

int take_detached(int source, uint32_t options) {
    int tree = copy_mounts(source);
    int error = tree < 0 ? tree : restrict_mounts(tree, options);
    if (error < 0 && tree >= 0) close_descriptor(tree);
    return error < 0 ? error : tree;
}

static int create_entry(int directory, bool is_directory) {
    if (is_directory) return CALL(mkdirat, directory, "mount", 0700);
    int fd = CALL(openat, directory, "mount", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return fd;
    close_descriptor(fd);
    return 0;
}

/*
 * Without mount_setattr(2) only mounts that are attached can be restricted: this one is, on a file system of its own that
 * covers the root directory.
 */
static int stage_mount(struct stage *stage, int source, uint32_t options, struct taken *taken) {
    int type = type_of(source);
    if (type < 0) return type;
    int staging = create_mount("tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=700");
    if (staging < 0) return staging;
    taken->is_staged = true;
    int error = create_entry(staging, type == S_IFDIR);
    if (error < 0) return error;
    int entry = open_at(staging, "mount", O_PATH);
    if (entry < 0) return entry;
    error = mount_descriptors(stage, source, entry, MS_BIND | MS_REC);
    close_descriptor(entry);
    if (error < 0) return error;
    taken->descriptor = open_at(staging, "mount", O_PATH);
    close_descriptor(staging);
    return taken->descriptor < 0 ? taken->descriptor : remount_restricted(stage, taken->descriptor, options);
}

int take_mount(struct stage *stage, int source, uint32_t options, struct taken *taken) {
    *taken = (struct taken){.descriptor = take_detached(source, options)};
    if (taken->descriptor == -ENOSYS) return stage_mount(stage, source, options, taken);
    return taken->descriptor < 0 ? taken->descriptor : 0;
}

int attach_taken(struct stage *stage, const struct taken *taken, int place) {
    int error = attach_mount(stage, taken->descriptor, place);
    close_descriptor(taken->descriptor);
    if (error < 0 || !taken->is_staged) return error;
    return CALL(umount2, ON_TOP, MNT_DETACH);
}
