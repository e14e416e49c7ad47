#include "destination.h"

#include <asm-generic/statfs.h>

#include "bytes.h"
#include "files.h"

#define ST_RDONLY 1
#define NEW_FILE (O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC)

static uint64_t device_of(const struct statx *status) {
    return (uint64_t)status->stx_dev_major << 32 | status->stx_dev_minor;
}

int add_own(struct stage *stage, int fd) {
    struct statx status;
    int error = status_of(fd, &status);
    /* One that finds no room is treated as somebody else's. */
    if (error == 0 && stage->own_count < OWN_FILESYSTEMS) stage->own[stage->own_count++] = device_of(&status);
    return error;
}

static bool is_own_device(const struct stage *stage, uint64_t device) {
    for (uint32_t i = 0; i < stage->own_count; i++) {
        if (stage->own[i] == device) return true;
    }
    return false;
}

bool is_own(const struct stage *stage, int fd) {
    struct statx status;
    return status_of(fd, &status) == 0 && is_own_device(stage, device_of(&status));
}

static int follow_in_root(struct walk *walk, const struct link *link) {
    if (is_own_device(walk->stage, device_of(&link->status))) return 0;
    struct statfs system;
    int error = CALL(fstatfs, link->descriptor, &system);
    if (error < 0) return error;
    if (system.f_flags & ST_RDONLY) return 0;
    walk->stage->detail = DETAIL_WRITABLE_LINK;
    return -ELOOP;
}

/* In a file system of this launch: nobody else can see it yet, so what has just been made there is what the name says. */
static int create_in_own(int parent, const char *name) {
    int error = CALL(mkdirat, parent, name, 0755);
    return error < 0 ? error : open_at(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
}

static int give(const struct owner *owner, int fd) {
    if (fd < 0 || (owner->uid == UNCHANGED && owner->gid == UNCHANGED)) return fd;
    int error = CALL(fchownat, fd, "", owner->uid, owner->gid, AT_EMPTY_PATH);
    if (error == 0) return fd;
    close_descriptor(fd);
    return error;
}

/* What a launch mounts something on in a file system of its own, it has not made before. */
static bool is_missing(const struct walk *walk, int parent) {
    return is_own(walk->stage, parent);
}

/* What gets the node's owner is certainly the new entry, whoever else writes there. */
static int create_in_root(struct walk *walk, int parent, const char *name, bool last) {
    struct stage *stage = walk->stage;
    const struct owner *owner = &stage->owner;
    int fd;
    if (last && walk->wanted == S_IFREG) fd = give(owner, CALL(openat, parent, name, NEW_FILE, 0444));
    else if (is_own(stage, parent)) fd = give(owner, create_in_own(parent, name));
    else fd = create_directory(stage, parent, name, 0755, owner->uid, owner->gid);
    if (fd == -EROFS) stage->detail = DETAIL_READ_ONLY;
    return fd;
}

static int open_place(struct stage *stage, const char *path, enum missing missing, bool is_parent) {
    if (stage->root < 0 || *path != '/' || has_parent_name(path)) return -EINVAL;
    struct walk walk = {.stage = stage, .start = stage->root, .follow = follow_in_root};
    if (missing != MISSING_FAILS) walk.create = create_in_root;
    if (!is_parent) walk.is_missing = is_missing;
    walk.wanted = missing == MISSING_FILE ? S_IFREG : missing == MISSING_DIRECTORY ? S_IFDIR : 0;
    return walk_path(&walk, path);
}

int open_destination(struct stage *stage, const char *path, enum missing missing) {
    return open_place(stage, path, missing, false);
}

int open_parent(struct stage *stage, const char *path, enum missing missing, char name[NAME_SIZE]) {
    char directory[PATH_SIZE];
    size_t length = length_of(path), end = 0;
    if (length >= sizeof directory) return -ENAMETOOLONG;
    for (size_t i = 0; i < length; i++) {
        if (path[i] == '/') end = i + 1;
    }
    if (length - end >= NAME_SIZE) return -ENAMETOOLONG;
    append(name, path + end);
    if (!*name || same(name, ".") || same(name, "..")) return -EINVAL;
    memcpy(directory, path, end);
    directory[end] = 0;
    return open_place(stage, directory, missing, true);
}
