#include "bind.h"

#include "destination.h"
#include "mount.h"
#include "source.h"

/* A descriptor that is none of the standard ones: a mount that the launcher has taken. */
static bool is_taken(const struct source *source) {
    return source->kind == SOURCE_DESCRIPTOR && source->descriptor > 2;
}

static int take_bound(struct stage *stage, const struct source *source, uint32_t options, struct taken *taken) {
    bool maps_ids = options & OPTION_IDMAP;
    options &= ~OPTION_IDMAP;
    if (is_taken(source)) {
        /* The launcher has mapped its ids. */
        *taken = (struct taken){.descriptor = (int)source->descriptor};
        return options ? restrict_mounts(taken->descriptor, options) : 0;
    }
    int fd = open_source(stage, source, !(options & OPTION_RO));
    if (fd < 0) return fd;
    int error = take_mount(stage, fd, options, taken);
    close_descriptor(fd);
    return error == 0 && maps_ids ? map_mounts(stage, taken->descriptor) : error;
}

int bind(struct stage *stage, struct reader *operands) {
    struct source source = take_source(operands);
    const char *path = take_text(operands);
    uint32_t options = take_number(operands);
    bool optional = take_number(operands);
    bool is_file = take_number(operands);
    bool is_device = take_number(operands);
    struct taken taken;
    int error = take_bound(stage, &source, options, &taken);
    if (optional && (error == -ENOENT || error == -ENOTDIR)) return 0;
    if (error < 0) return error;

    /* The kind of the source decides what a missing destination becomes. */
    int type = type_of(taken.descriptor);
    if (type < 0) return type;
    /* What the source is by now, a program of the node may have made of it. */
    if (is_file && type == S_IFDIR) return -EISDIR;
    if (is_device && type != S_IFCHR && type != S_IFBLK) return -ENODEV;
    int place = open_destination(stage, path, type == S_IFDIR ? MISSING_DIRECTORY : MISSING_FILE);
    if (place < 0) return place;
    error = attach_taken(stage, &taken, place);
    close_descriptor(place);
    return error;
}

#define PROTECTION (OPTION_RO | OPTION_NOSUID | OPTION_NODEV | OPTION_NOEXEC)

/*
 * Before Linux 5.12. Without fdinfo of this process, unlike remount.c: with ids of its own in a new user namespace, init
 * may not be allowed to read it.
 */
static int cover_by_path(struct stage *stage, const char *path, int source, int place) {
    int error = mount_descriptors(stage, source, place, MS_BIND | MS_REC);
    if (error < 0) return error;
    /* `place` stands for what is now covered: only its path leads to the new mount. */
    int fd = open_destination(stage, path, MISSING_FAILS);
    if (fd < 0) return fd;
    error = mount_descriptors(stage, NO_SOURCE, fd, MS_REMOUNT | MS_BIND | PROTECTION);
    close_descriptor(fd);
    return error;
}

/* Covers a place with a mount that has been taken of `source`. */
static int cover(struct stage *stage, const char *path, int tree, int source, int place) {
    if (tree == -ENOSYS) return cover_by_path(stage, path, source, place);
    return tree < 0 ? tree : attach_mount(stage, tree, place);
}

/* With a mount by which nobody can change anything. */
int protect(struct stage *stage, struct reader *operands) {
    const char *path = take_text(operands);
    int place = open_destination(stage, path, MISSING_FAILS);
    if (place == -ENOENT) return 0;
    if (place < 0) return place;
    int tree = take_detached(place, PROTECTION);
    int error = cover(stage, path, tree, place, place);
    if (tree >= 0) close_descriptor(tree);
    close_descriptor(place);
    return error;
}

/*
 * With the caller's /dev/null: as nodev it is not to be opened, nor would be whatever else there is by that name. Of what masks one
 * place, copies mask the others; in another mount namespace it cannot be copied.
 */
int mask(struct stage *stage, struct reader *operands) {
    const char *path = take_text(operands);
    int place = open_destination(stage, path, MISSING_FAILS);
    if (place == -ENOENT) return 0;
    if (place < 0) return place;
    int null = -1, tree = stage->mask < 0 ? -1 : copy_mounts(stage->mask);
    bool is_copy = tree >= 0;
    if (!is_copy) {
        null = open_source(stage, &(struct source){.kind = SOURCE_PATH, .path = "/dev/null"}, false);
        tree = null < 0 ? null : take_detached(null, PROTECTION);
    }
    int error = cover(stage, path, tree, null, place);
    if (!is_copy) stage->mask = tree;
    close_descriptor(is_copy ? tree : null);
    close_descriptor(place);
    return error;
}
