#include "mounts.h"

#include "bytes.h"

#define O_COMPONENT (O_PATH | O_NOFOLLOW)
#define NAME_SIZE 256

/* ---- destinations ---- */

/* The type bits of what a descriptor stands for, or a negative errno. statx(2) has one layout on all architectures. */
static int type_of(int fd) {
    struct statx found;
    int error = CALL(statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &found);
    return error < 0 ? error : found.stx_mode & S_IFMT;
}

/* Copies the next component of a path and returns what follows it; "" ends the path, NULL is an unusable component. */
static const char *next_component(const char *path, char name[NAME_SIZE]) {
    while (*path == '/') path++;
    size_t length = 0;
    while (path[length] && path[length] != '/') {
        if (length == NAME_SIZE - 1) return NULL;
        name[length] = path[length];
        length++;
    }
    name[length] = 0;
    return same(name, ".") || same(name, "..") ? NULL : path + length;
}

/* Opens `name` in `parent`, which this closes. */
static int step_into(int parent, const char *name, bool create) {
    int fd = open_at(parent, name, O_COMPONENT);
    if (fd == -ENOENT && create) {
        int error = CALL(mkdirat, parent, name, 0755);
        fd = error < 0 && error != -EEXIST ? error : open_at(parent, name, O_COMPONENT);
    }
    close_descriptor(parent);
    if (fd < 0) return fd;
    int type = type_of(fd);
    if (type < 0 || type == S_IFLNK) {
        close_descriptor(fd);
        return type < 0 ? type : -ELOOP;
    }
    return fd;
}

/*
 * Opens the directory of an absolute path and gives its last component; missing directories on the way are created when
 * asked for. The root itself has the name "".
 */
static int open_parent(const char *path, char name[NAME_SIZE], bool create) {
    if (*path != '/') return -EINVAL;
    int fd = open_at(AT_FDCWD, "/", O_PATH);
    path = next_component(path, name);
    while (path && fd >= 0) {
        while (*path == '/') path++;
        if (!*path) return fd;
        fd = step_into(fd, name, create);
        path = next_component(path, name);
    }
    if (fd >= 0) close_descriptor(fd);
    return fd < 0 ? fd : -EINVAL;
}

/* Opens what is at the destination, a directory that is created when missing and asked for. */
static int open_destination(const char *path, bool create) {
    char name[NAME_SIZE];
    int parent = open_parent(path, name, create);
    return parent < 0 || !*name ? parent : step_into(parent, name, create);
}

/* ---- root ---- */

/*
 * Binds the current directory on itself and enters the bind. "." would still be what is below: open_tree(2) gives the
 * bind itself; before Linux 5.2 only its path leads there, through directories that init may not be allowed to pass.
 */
static int bind_and_enter(void) {
    int tree = CALL(open_tree, AT_FDCWD, ".", OPEN_TREE_CLONE | AT_RECURSIVE | OPEN_TREE_CLOEXEC);
    if (tree != -ENOSYS) {
        if (tree < 0) return tree;
        int error = CALL(move_mount, tree, "", AT_FDCWD, ".", MOVE_MOUNT_F_EMPTY_PATH);
        if (error == 0) error = CALL(fchdir, tree);
        close_descriptor(tree);
        return error;
    }
    char path[1024];
    int error = CALL(getcwd, path, sizeof path);
    if (error >= 0) error = CALL(mount, ".", ".", NULL, MS_BIND | MS_REC, NULL);
    return error < 0 ? error : CALL(chdir, path);
}

/*
 * The staged root came with the copy of the caller's mount tree and is locked there, so it cannot become the root; a
 * bind of it belongs to the node and can. The caller's root stays reachable for a while, because the kernel allows a
 * new procfs only where another one is fully visible.
 */
int pivot_root(struct stage *stage, struct reader *operands) {
    (void)operands;
    int error = CALL(mount, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
    if (error < 0) return error;
    if ((error = bind_and_enter()) < 0) return error;
    if ((stage->old_root = open_at(AT_FDCWD, "/", O_PATH)) < 0) return stage->old_root;
    /* May be missing: then `protect` fails, if there is any. */
    stage->own_descriptors = open_at(AT_FDCWD, "/proc/self/fd", O_PATH);
    if ((error = CALL(pivot_root, ".", ".")) < 0) return error;
    return CALL(chdir, "/");
}

int detach_old_root(struct stage *stage, struct reader *operands) {
    (void)operands;
    int error = CALL(fchdir, stage->old_root);
    if (error < 0) return error;
    if ((error = CALL(umount2, ".", MNT_DETACH)) < 0) return error;
    close_descriptor(stage->old_root);
    close_descriptor(stage->own_descriptors);
    return CALL(chdir, "/");
}

/* ---- file systems ---- */

/* The plan's options have the values that mount(2) and mount_setattr(2) agree on. */
_Static_assert(OPTION_RO == MS_RDONLY && OPTION_RO == MOUNT_ATTR_RDONLY, "ro");
_Static_assert(OPTION_NOSUID == MS_NOSUID && OPTION_NOSUID == MOUNT_ATTR_NOSUID, "nosuid");
_Static_assert(OPTION_NODEV == MS_NODEV && OPTION_NODEV == MOUNT_ATTR_NODEV, "nodev");
_Static_assert(OPTION_NOEXEC == MS_NOEXEC && OPTION_NOEXEC == MOUNT_ATTR_NOEXEC, "noexec");

int mount_filesystem(struct stage *stage, struct reader *operands) {
    int fd = open_destination(take_text(operands), true);
    if (fd < 0) return fd;
    const char *type;
    uint32_t flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    char tmpfs[64];
    const char *data = NULL;
    switch (stage->operation.code) {
    case OP_TMPFS: {
        char *end = append_number(append(tmpfs, "mode="), take_number(operands), 8);
        end = append_number(append(end, ",uid="), take_number(operands), 10);
        append_number(append(end, ",gid="), take_number(operands), 10);
        type = "tmpfs";
        flags = take_number(operands);
        data = tmpfs;
        break;
    }
    case OP_DEVPTS:
        type = "devpts";
        flags = MS_NOSUID | MS_NOEXEC;
        data = "newinstance,ptmxmode=0666,mode=620";
        break;
    case OP_PROCFS:
        type = "proc";
        break;
    default:
        type = "mqueue";
    }
    /* On the directory that the descriptor stands for: its path is not resolved a second time. */
    int error = CALL(fchdir, fd);
    if (error == 0) error = CALL(mount, type, ".", type, flags, data);
    close_descriptor(fd);
    return error;
}

/* ---- binds ---- */

/* What a bind of this source goes on; created like the source when missing: a directory, or an empty file. */
static int open_bind_destination(const char *path, int source) {
    int type = type_of(source);
    if (type < 0) return type;
    if (type == S_IFDIR) return open_destination(path, true);
    char name[NAME_SIZE];
    int parent = open_parent(path, name, true);
    if (parent < 0) return parent;
    if (!*name) return -EISDIR;
    int file = CALL(openat, parent, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
    if (file >= 0) close_descriptor(file);
    else if (file != -EEXIST) {
        close_descriptor(parent);
        return file;
    }
    return step_into(parent, name, false);
}

/* Attaches a mount that the launcher made with open_tree(2). */
int bind(struct stage *stage, struct reader *operands) {
    (void)stage;
    struct source source = take_source(operands);
    const char *path = take_text(operands);
    uint32_t options = take_number(operands);
    if (source.kind != SOURCE_DESCRIPTOR) return -EOPNOTSUPP;

    struct mount_attr attributes = {.attr_set = options};
    int error = 0;
    if (options) {
        error = CALL(mount_setattr, source.descriptor, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes,
                     sizeof attributes);
        if (error < 0) return error;
    }
    int fd = open_bind_destination(path, source.descriptor);
    if (fd < 0) return fd;
    error = CALL(move_mount, source.descriptor, "", fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
    close_descriptor(fd);
    close_descriptor(source.descriptor);
    return error;
}

/* mount(2) takes paths only: the number of a descriptor is one, in the caller's /proc/self/fd. */
static int mount_by_descriptor(struct stage *stage, int fd, unsigned long flags) {
    char name[11];
    append_number(name, (uint32_t)fd, 10);
    int error = CALL(fchdir, stage->own_descriptors);
    return error < 0 ? error : CALL(mount, name, name, NULL, flags, NULL);
}

int protect(struct stage *stage, struct reader *operands) {
    const char *path = take_text(operands);
    int fd = open_destination(path, false);
    if (fd == -ENOENT) return 0;
    if (fd < 0) return fd;
    int error = mount_by_descriptor(stage, fd, MS_BIND | MS_REC);
    close_descriptor(fd);
    if (error < 0) return error;
    /* `fd` stood for what is now covered: only its path leads to the new mount. */
    if ((fd = open_destination(path, false)) < 0) return fd;
    error = mount_by_descriptor(stage, fd, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
    close_descriptor(fd);
    return error;
}

/* ---- files ---- */

/* An existing directory stays as it is. */
int make_directory(struct stage *stage, struct reader *operands) {
    (void)stage;
    char name[NAME_SIZE];
    int parent = open_parent(take_text(operands), name, true);
    if (parent < 0) return parent;
    if (!*name) {
        close_descriptor(parent);
        return 0;
    }
    uint32_t mode = take_number(operands);
    uint32_t uid = take_number(operands);
    uint32_t gid = take_number(operands);
    int error = CALL(mkdirat, parent, name, mode);
    bool exists = error == -EEXIST;
    if (error < 0 && !exists) {
        close_descriptor(parent);
        return error;
    }
    int fd = step_into(parent, name, false);
    if (fd < 0) return fd;
    if (exists) error = type_of(fd) == S_IFDIR ? 0 : -ENOTDIR;
    else if ((error = CALL(fchdir, fd)) == 0) {
        /* mkdir(2) takes no set-group-id bit. "." is this directory, whatever its name has become. */
        error = CALL(fchownat, AT_FDCWD, ".", uid, gid, 0);
        if (error == 0) error = CALL(fchmodat, AT_FDCWD, ".", mode);
    }
    close_descriptor(fd);
    return error;
}

/* An identical link that exists already is what was asked for. */
int make_symlink(struct stage *stage, struct reader *operands) {
    (void)stage;
    char name[NAME_SIZE];
    const char *target = take_text(operands);
    int parent = open_parent(take_text(operands), name, true);
    if (parent < 0) return parent;
    int error = CALL(symlinkat, target, parent, name);
    if (error == -EEXIST) {
        char present[1024];
        long length = CALL(readlinkat, parent, name, present, sizeof present - 1);
        if (length >= 0) {
            present[length] = 0;
            if (same(present, target)) error = 0;
        }
    }
    close_descriptor(parent);
    return error;
}

struct file_lock {
    int16_t type;
    int16_t whence;
    int64_t start;
    int64_t length;
    int32_t pid;
};

int lock(struct stage *stage, struct reader *operands) {
    char name[NAME_SIZE];
    int parent = open_parent(take_text(operands), name, false);
    if (parent < 0) return parent;
    /* O_NONBLOCK: a fifo in its place must not stop the launch. */
    int fd = open_at(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    close_descriptor(parent);
    if (fd < 0) return fd;
    if (fd >= DESCRIPTORS_KEPT) return -EMFILE;
    stage->kept[fd / 64] |= 1ull << fd % 64;
    struct file_lock whole_file = {.type = F_RDLCK};
    return CALL(fcntl, fd, F_SETLK, &whole_file);
}
