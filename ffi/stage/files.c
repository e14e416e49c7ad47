#include "files.h"

#include "bytes.h"
#include "destination.h"

/* Nobody but us can enter a directory of this mode, so nothing can be put into it before it is handed over. */
#define CLOSED 0700
/* A new directory inherits the set-group-ID bit of its parent, inode(7). */
#define INHERITED 02000

/* INVARIANT: first the owner, for chown(2) takes away bits of the mode. */
static int hand_over(int fd, uint32_t mode, uint32_t uid, uint32_t gid) {
    int error = CALL(fchownat, fd, "", uid, gid, AT_EMPTY_PATH);
    return error < 0 ? error : CALL(fchmod, fd, mode);
}

int create_directory(struct stage *stage, int parent, const char *name, uint32_t mode, uint32_t uid, uint32_t gid) {
    struct statx made;
    int error = CALL(mkdirat, parent, name, CLOSED);
    if (error < 0) return error;
    int fd = open_at(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (fd < 0) return fd;
    error = status_of(fd, &made);
    if (error == 0 && (made.stx_uid != (uint32_t)CALL(geteuid) || made.stx_nlink > 2 ||
                       (made.stx_mode & 07777 & ~INHERITED) != CLOSED)) {
        stage->detail = DETAIL_REPLACED;
        error = -ESTALE;
    }
    if (error == 0) error = hand_over(fd, mode, uid, gid);
    if (error == 0) return fd;
    close_descriptor(fd);
    return error;
}

/* An existing directory stays as it is. */
int make_directory(struct stage *stage, struct reader *operands) {
    char name[NAME_SIZE];
    const char *path = take_text(operands);
    uint32_t mode = take_number(operands);
    uint32_t uid = take_number(operands);
    uint32_t gid = take_number(operands);
    int parent = open_parent(stage, path, MISSING_DIRECTORY, name);
    if (parent < 0) return parent;
    int fd = create_directory(stage, parent, name, mode, uid, gid);
    close_descriptor(parent);
    if (fd == -EEXIST) fd = open_destination(stage, path, MISSING_FAILS);
    if (fd < 0) return fd;
    int type = type_of(fd);
    close_descriptor(fd);
    return type < 0 ? type : type == S_IFDIR ? 0 : -ENOTDIR;
}

/* An identical link that exists already is what was asked for. */
int make_symlink(struct stage *stage, struct reader *operands) {
    char name[NAME_SIZE], present[PATH_SIZE];
    const char *target = take_text(operands);
    int parent = open_parent(stage, take_text(operands), MISSING_DIRECTORY, name);
    if (parent < 0) return parent;
    int error = CALL(symlinkat, target, parent, name);
    if (error == -EEXIST) {
        long length = CALL(readlinkat, parent, name, present, sizeof present - 1);
        if (length >= 0) {
            present[length] = 0;
            if (same(present, target)) error = 0;
        }
    }
    close_descriptor(parent);
    return error;
}

static int write_all(int fd, const char *text, size_t size) {
    while (size) {
        long written = CALL(write, fd, text, size);
        if (written < 0) return (int)written;
        text += written;
        size -= (size_t)written;
    }
    return 0;
}

static int write_content(int fd, const struct source *content) {
    char chunk[PATH_SIZE];
    if (content->kind == CONTENT_TEXT) return write_all(fd, content->path, length_of(content->path));
    if (content->kind != CONTENT_DESCRIPTOR) return -EINVAL; /* a command that has not been run */
    for (;;) {
        long count = CALL(read, content->descriptor, chunk, sizeof chunk);
        if (count <= 0) return (int)count;
        int error = write_all(fd, chunk, (size_t)count);
        if (error < 0) return error;
    }
}

static int create_file(int parent, const char *name) {
    return CALL(openat, parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/*
 * In a writable export the file of the last launch is still there. It is replaced rather than written to, for it could be
 * a link to another file by now.
 */
static int replace_file(const struct stage *stage, int parent, const char *name) {
    int fd = create_file(parent, name);
    if (fd != -EEXIST || is_own(stage, parent)) return fd;
    int existing = open_at(parent, name, O_PATH | O_NOFOLLOW);
    if (existing < 0) return existing;
    int type = type_of(existing);
    close_descriptor(existing);
    if (type != S_IFREG) return type < 0 ? type : -EEXIST;
    int error = CALL(unlinkat, parent, name, 0);
    return error < 0 ? error : create_file(parent, name);
}

int make_file(struct stage *stage, struct reader *operands) {
    char name[NAME_SIZE];
    struct source content = take_source(operands);
    int parent = open_parent(stage, take_text(operands), MISSING_DIRECTORY, name);
    if (parent < 0) return parent;
    uint32_t mode = take_number(operands);
    uint32_t uid = take_number(operands);
    uint32_t gid = take_number(operands);
    int fd = replace_file(stage, parent, name);
    close_descriptor(parent);
    if (fd < 0) return fd;
    int error = write_content(fd, &content);
    if (error == 0) error = hand_over(fd, mode, uid, gid);
    close_descriptor(fd);
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
    int parent = open_parent(stage, take_text(operands), MISSING_FAILS, name);
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
