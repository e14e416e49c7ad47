/*
 * Resolving a path one name at a time, each opened as an entry of the directory before it (O_PATH, O_NOFOLLOW): no step
 * can leave `start`, however the tree changes meanwhile. Links are followed by reading them, absolute ones from `start`.
 * Needs no read permission on any directory, and works on every kernel. A kernel that can be told to follow no link opens
 * what has none on the way at once.
 */
#ifndef REDPAK_WALK_H
#define REDPAK_WALK_H

#include "stage.h"

#define NAME_SIZE 256
#define PATH_SIZE 4096
/* Directories on the way to a place. */
#define WALK_DEPTH 128

struct link {
    int descriptor;
    int parent; /* the directory that holds it */
    struct statx status;
    const char *target;
};

struct walk {
    struct stage *stage;
    int start;
    /* Whether the link may be followed: 0, or a negative errno. The directories that lead to it are in `opened`. */
    int (*follow)(struct walk *walk, const struct link *link);
    /* Whether what is wanted at the end is likely to be missing from its directory, so that it is made at once; NULL: it is not. */
    bool (*is_missing)(const struct walk *walk, int parent);
    /* Makes a missing entry and opens it; NULL where that is a failure. `last`: nothing comes below it. */
    int (*create)(struct walk *walk, int parent, const char *name, bool last);

    /* For `follow`: the node will write to what is found. */
    bool for_writing;
    /* For `create`. */
    uint32_t mode, uid, gid;
    const char *label; /* of Smack; empty: the launcher's */

    uint32_t wanted; /* type of what is expected at the end; 0: anything */
    int opened[WALK_DEPTH];
    int depth;
    int links;
    int database_links; /* those of them that lead to the package database of their own node */
};

/* Opens what is at the path; a negative errno when there is nothing that may be. */
int walk_path(struct walk *walk, const char *path);

/* Whether one of the names of a path is "..". */
bool has_parent_name(const char *path);

int status_of(int fd, struct statx *status);
/* The type bits of what a descriptor stands for, or a negative errno. */
int type_of(int fd);
/* 1 where it is in a procfs, 0 where not, or a negative errno. */
int is_in_proc(int fd);

#endif
