/*
 * Mounts on their way to their place. Both the source and the place are descriptors, and what is restricted is so before
 * it is reachable.
 */
#ifndef REDPAK_MOUNT_H
#define REDPAK_MOUNT_H

#include "stage.h"

/* A new file system, on top of the root directory until it is attached; nothing but descriptors leads to it there. */
int create_mount(const char *type, unsigned long flags, const char *data);

struct taken {
    int descriptor;
    bool is_staged; /* on a file system made for it, that `attach_taken` removes */
};

/* Takes what `source` stands for, with all mounts below it, and restricts all of them (OPTION_…). */
int take_mount(struct stage *stage, int source, uint32_t options, struct taken *taken);

/* The same, restricted as it is, as a mount that is attached nowhere; -ENOSYS before Linux 5.2. */
int copy_mounts(int source);

/* The same, with the calls of Linux 5.12; -ENOSYS before. */
int take_detached(int source, uint32_t options);

/* Restricts a mount and all mounts below it, -ENOSYS before Linux 5.12; what is restricted already stays so. */
int restrict_mounts(int fd, uint32_t options);

/* Gives a mount that is not attached, and all mounts below it, the maps of `id-map`; -ENOSYS before Linux 5.12. */
int map_mounts(struct stage *stage, int fd);

/* Covers `place`. */
int attach_mount(struct stage *stage, int fd, int place);
int attach_taken(struct stage *stage, const struct taken *taken, int place);

/* mount(2), which takes paths only: the numbers of descriptors are such, in the caller's /proc/self/fd. */
#define NO_SOURCE (-1)
int mount_descriptors(struct stage *stage, int source, int target, unsigned long flags);

#endif
