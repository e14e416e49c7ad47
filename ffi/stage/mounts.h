/*
 * The part of the mount tree that only the node's init can make, and files on the way. Destinations are resolved in the
 * new root, one component after the other and never through a symbolic link: the tree may hold anything.
 */
#ifndef REDPAK_MOUNTS_H
#define REDPAK_MOUNTS_H

#include "stage.h"

int pivot_root(struct stage *stage, struct reader *operands);
int detach_old_root(struct stage *stage, struct reader *operands);
int mount_filesystem(struct stage *stage, struct reader *operands);
int bind(struct stage *stage, struct reader *operands);
int protect(struct stage *stage, struct reader *operands);
int make_directory(struct stage *stage, struct reader *operands);
int make_symlink(struct stage *stage, struct reader *operands);
/* A read lock for the life of init. */
int lock(struct stage *stage, struct reader *operands);

#endif
