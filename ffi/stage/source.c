#include "source.h"

#include "bytes.h"
#include "files.h"
#include "label.h"
#include "walk.h"

#define PROC_ROOT_INODE 1
#define WRITABLE_BY_OTHERS 022

int open_host(struct stage *stage) {
    if (stage->host >= 0) return 0;
    if ((stage->host = open_at(AT_FDCWD, "/", O_PATH)) < 0) return stage->host;
    /* May be missing: then what needs it fails. */
    stage->process = open_at(stage->host, "proc/self", O_PATH);
    return 0;
}

static int refuse(struct walk *walk, enum detail detail) {
    walk->stage->detail = (uint8_t)detail;
    return -ELOOP;
}

/* In /proc only the links of the top directory (`self`, `mounts`) are links of the ordinary kind. */
static int is_magic(const struct link *link) {
    struct statx parent;
    int in_proc = is_in_proc(link->descriptor);
    if (in_proc <= 0) return in_proc;
    int error = status_of(link->parent, &parent);
    return error < 0 ? error : parent.stx_ino != PROC_ROOT_INODE;
}

static bool is_node(int directory) {
    struct statx status;
    int error = CALL(statx, directory, NODE_STATUS_FILE, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &status);
    return error != -ENOENT && error != -ENOTDIR;
}

/* What var/lib/rpm of a node is once redpak has changed its packages: it leads to the database of the very node. */
static bool is_database_link(struct walk *walk, const struct link *link) {
    return walk->depth >= 4 && same(link->target, "../../usr/lib/sysimage/rpm") && is_node(walk->opened[walk->depth - 4]);
}

static int follow_on_host(struct walk *walk, const struct link *link) {
    int magic = is_magic(link);
    if (magic < 0) return magic;
    if (magic) return refuse(walk, DETAIL_MAGIC_LINK);
    if (is_database_link(walk, link)) {
        walk->database_links++;
        return 0;
    }
    if (!walk->for_writing && *link->target != '/' && !has_parent_name(link->target)) return 0;
    for (int i = 0; i < walk->depth - 1; i++) {
        if (is_node(walk->opened[i])) return refuse(walk, DETAIL_NODE_LINK);
    }
    return 0;
}

static int path_of(struct stage *stage, uint32_t fd, char path[PATH_SIZE]) {
    char name[16];
    append_number(append(name, "fd/"), fd, 10);
    long length = CALL(readlinkat, stage->process, name, path, PATH_SIZE - 1);
    if (length < 0) return (int)length;
    path[length] = 0;
    return 0;
}

static bool is_within(const char *path, const char *directory) {
    const char *rest = after(path, directory);
    return rest && (!*rest || *rest == '/' || !directory[1]);
}

/* The plan covers what a writable source shows of the node's directory by the source's path, as it stands there. */
static int refuse_node(struct walk *walk, uint32_t fd) {
    char path[PATH_SIZE];
    const char *node = walk->stage->plan.node;
    int error = path_of(walk->stage, fd, path);
    if (error < 0) return error;
    return is_within(path, node) || is_within(node, path) ? refuse(walk, DETAIL_NODE_LINK) : 0;
}

/* By the supervisor that also binds it: until it goes home. */
static bool keep_found(struct stage *stage, const char *path, int fd) {
    if (stage->home < 0 || stage->found_count == MOST_FOUND) return false;
    stage->found[stage->found_count].path = path;
    stage->found[stage->found_count++].descriptor = fd;
    return true;
}

static int take_found(struct stage *stage, const char *path) {
    for (uint32_t i = 0; i < stage->found_count; i++) {
        if (!same(stage->found[i].path, path)) continue;
        int fd = stage->found[i].descriptor;
        stage->found[i] = stage->found[--stage->found_count];
        return fd;
    }
    return -1;
}

void forget_found(struct stage *stage) {
    while (stage->found_count) close_descriptor(stage->found[--stage->found_count].descriptor);
}

static int open_path(struct stage *stage, const char *path, bool for_writing) {
    int found = for_writing ? -1 : take_found(stage, path);
    if (found >= 0) return found;
    struct walk walk = {.stage = stage, .start = stage->host, .follow = follow_on_host, .for_writing = for_writing};
    int fd = walk_path(&walk, path);
    int error = fd >= 0 && for_writing && walk.links > walk.database_links ? refuse_node(&walk, (uint32_t)fd) : 0;
    if (error == 0) return fd;
    close_descriptor(fd);
    return error;
}

/* A mount belongs to the namespace that it was opened in, so a standard descriptor is opened again by its path. */
static int reopen(struct stage *stage, uint32_t descriptor) {
    char path[PATH_SIZE];
    struct statx wanted, found;
    int error = path_of(stage, descriptor, path);
    if (error < 0) return error;
    int fd = open_path(stage, path, false);
    if (fd < 0) return fd;
    error = status_of((int)descriptor, &wanted);
    if (error == 0) error = status_of(fd, &found);
    if (error == 0 && (wanted.stx_ino != found.stx_ino || wanted.stx_dev_major != found.stx_dev_major ||
                       wanted.stx_dev_minor != found.stx_dev_minor)) {
        stage->detail = DETAIL_REPLACED;
        error = -ESTALE;
    }
    if (error == 0) return fd;
    close_descriptor(fd);
    return error;
}

int open_source(struct stage *stage, const struct source *source, bool for_writing) {
    int error = open_host(stage);
    if (error < 0) return error;
    if (source->kind == SOURCE_DESCRIPTOR) return reopen(stage, source->descriptor);
    return open_path(stage, source->path, for_writing);
}

static bool is_trusted(const struct statx *status) {
    return status->stx_uid == 0 || status->stx_uid == (uint32_t)CALL(geteuid);
}

static int follow_trusted(struct walk *walk, const struct link *link) {
    struct statx parent;
    int error = follow_on_host(walk, link);
    if (error < 0) return error;
    if ((error = status_of(link->parent, &parent)) < 0) return error;
    if (is_trusted(&link->status) && is_trusted(&parent) && !(parent.stx_mode & WRITABLE_BY_OTHERS)) return 0;
    return refuse(walk, DETAIL_FOREIGN_LINK);
}

static int create_on_host(struct walk *walk, int parent, const char *name, bool last) {
    (void)last;
    int fd = create_directory(walk->stage, parent, name, walk->mode, walk->uid, walk->gid);
    int error = fd >= 0 && *walk->label ? label_file(fd, walk->label) : 0;
    if (error == 0) return fd;
    close_descriptor(fd);
    return error;
}

int ensure_directory(struct stage *stage, struct reader *operands) {
    struct source source = {.kind = SOURCE_PATH, .path = take_text(operands)};
    int fd = open_source(stage, &source, false);
    uint32_t mode = take_number(operands), uid = take_number(operands), gid = take_number(operands);
    const char *label = take_text(operands);
    if (fd == -ENOENT) {
        struct walk walk = {.stage = stage, .start = stage->host, .follow = follow_trusted, .create = create_on_host};
        walk.mode = mode;
        walk.uid = uid;
        walk.gid = gid;
        walk.label = label;
        fd = walk_path(&walk, source.path);
    }
    bool optional = take_number(operands);
    if (optional && (fd == -EACCES || fd == -EPERM || fd == -EROFS)) return 0;
    if (fd < 0) return fd;
    if (!keep_found(stage, source.path, fd)) close_descriptor(fd);
    return 0;
}
