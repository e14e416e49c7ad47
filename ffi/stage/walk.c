#include "walk.h"

#include <asm-generic/statfs.h>
#include <linux/magic.h>
#include <linux/openat2.h>

#include "bytes.h"

/* As many links as the kernel follows, path_resolution(7). */
#define MOST_LINKS 40

/* statx(2) has one layout on all architectures. */
int status_of(int fd, struct statx *status) {
    return CALL(statx, fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, status);
}

int type_of(int fd) {
    struct statx status;
    int error = status_of(fd, &status);
    return error < 0 ? error : status.stx_mode & S_IFMT;
}

int is_in_proc(int fd) {
    struct statfs system;
    int error = CALL(fstatfs, fd, &system);
    return error < 0 ? error : system.f_type == PROC_SUPER_MAGIC;
}

/* The next name of a path: slashes and "." are none. */
static const char *next_name(const char *path) {
    while (*path == '/' || (*path == '.' && (path[1] == '/' || !path[1]))) path++;
    return path;
}

/* Copies a name and returns what follows it; NULL when it is longer than any. */
static const char *copy_name(const char *path, char name[NAME_SIZE]) {
    size_t length = 0;
    for (; path[length] && path[length] != '/'; length++) {
        if (length == NAME_SIZE - 1) return NULL;
        name[length] = path[length];
    }
    name[length] = 0;
    return path + length;
}

bool has_parent_name(const char *path) {
    for (path = next_name(path); *path; path = next_name(path)) {
        const char *rest = after(path, "..");
        if (rest && (!*rest || *rest == '/')) return true;
        while (*path && *path != '/') path++;
    }
    return false;
}

static void go_back(struct walk *walk, int depth) {
    while (walk->depth > depth) close_descriptor(walk->opened[--walk->depth]);
}

/* The directory that the walk has come to. */
static int directory_of(const struct walk *walk) {
    return walk->depth ? walk->opened[walk->depth - 1] : walk->start;
}

/* Opens an entry of a directory; where a directory is expected, it is one or may be a link to one. */
static int open_entry(int parent, const char *name, bool is_expected, bool *is_no_link) {
    int fd = is_expected ? open_at(parent, name, O_PATH | O_NOFOLLOW | O_DIRECTORY) : -ENOTDIR;
    *is_no_link = fd >= 0;
    return fd == -ENOTDIR ? open_at(parent, name, O_PATH | O_NOFOLLOW) : fd;
}

/* Enters an entry of the directory that the walk has come to. */
static int enter(struct walk *walk, const char *name, bool last, bool *is_no_link) {
    int parent = directory_of(walk);
    if (walk->depth == WALK_DEPTH) return -ENAMETOOLONG;
    bool directory = !last || walk->wanted == S_IFDIR;
    bool is_missing = last && walk->create && walk->is_missing && walk->is_missing(walk, parent);
    int fd = is_missing ? -ENOENT : open_entry(parent, name, directory, is_no_link);
    if (fd == -ENOENT && walk->create) {
        fd = walk->create(walk, parent, name, last);
        *is_no_link = fd >= 0;
        /* It exists, or somebody was faster, which is all that is wanted. */
        if (fd == -EEXIST) fd = open_entry(parent, name, directory, is_no_link);
    }
    if (fd >= 0) walk->opened[walk->depth++] = fd;
    return fd;
}

/* In one step by the kernel, Linux 5.6, which gives up at the first link. */
static int open_without_links(int start, const char *path) {
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS};
    return CALL(openat2, start, path, &how, sizeof how);
}

static int follow_link(struct walk *walk, struct link *link, bool last);

static int follow_path(struct walk *walk, const char *path, bool last) {
    char name[NAME_SIZE];
    for (path = next_name(path); *path; path = next_name(path)) {
        if (!(path = copy_name(path, name))) return -ENAMETOOLONG;
        if (same(name, "..")) {
            if (walk->depth) go_back(walk, walk->depth - 1);
            continue;
        }
        bool is_last = last && !*next_name(path);
        int start = walk->depth;
        bool is_no_link;
        struct link link;
        if ((link.descriptor = enter(walk, name, is_last, &is_no_link)) < 0) return link.descriptor;
        if (is_no_link) continue;
        int error = status_of(link.descriptor, &link.status);
        if (error < 0) return error;
        if ((link.status.stx_mode & S_IFMT) != S_IFLNK) continue;
        link.parent = start ? walk->opened[start - 1] : walk->start;
        if ((error = follow_link(walk, &link, is_last)) < 0) return error;
    }
    return 0;
}

/* Not inlined: only a path with links needs the room for their targets. */
__attribute__((noinline)) static int follow_link(struct walk *walk, struct link *link, bool last) {
    char target[PATH_SIZE];
    long length = CALL(readlinkat, link->descriptor, "", target, sizeof target - 1);
    if (length < 0) return (int)length;
    target[length] = 0;
    link->target = target;
    int error = walk->follow(walk, link);
    if (error < 0) return error;
    if (++walk->links > MOST_LINKS) return -ELOOP;
    go_back(walk, *target == '/' ? 0 : walk->depth - 1);
    if (last && !walk->create && !has_parent_name(target)) {
        int fd = open_without_links(directory_of(walk), target);
        if (fd >= 0) return walk->opened[walk->depth++] = fd, 0;
    }
    return follow_path(walk, target, last);
}

int walk_path(struct walk *walk, const char *path) {
    int fd;
    /* Most paths have no links. Whatever else is wrong with one is found by walking it. */
    if (!walk->create) {
        fd = open_without_links(walk->start, path);
        if (fd >= 0 || (fd == -ENOENT && *path)) return fd;
    }
    fd = follow_path(walk, path, true);
    if (fd == 0) fd = walk->depth ? walk->opened[--walk->depth] : open_at(walk->start, ".", O_PATH);
    go_back(walk, 0);
    return fd;
}
