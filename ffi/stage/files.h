/* Directories, links and files of the node's root. */
#ifndef REDPAK_FILES_H
#define REDPAK_FILES_H

#include "stage.h"

/*
 * Makes a directory with exactly this owner and mode, where somebody else may be able to write to the parent: what gets a
 * new owner is certainly the new directory. Returns its descriptor; -EEXIST where the name is taken, whatever it is.
 */
int create_directory(struct stage *stage, int parent, const char *name, uint32_t mode, uint32_t uid, uint32_t gid);

int make_directory(struct stage *stage, struct reader *operands);
int make_symlink(struct stage *stage, struct reader *operands);
int make_file(struct stage *stage, struct reader *operands);
/* A read lock for the life of init. */
int lock(struct stage *stage, struct reader *operands);

#endif
