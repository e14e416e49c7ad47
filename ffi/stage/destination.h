/*
 * Places in the node's root: resolved inside it, so that they cannot leave it. Below a file system that somebody else may
 * write to no link is followed at all.
 */
#ifndef REDPAK_DESTINATION_H
#define REDPAK_DESTINATION_H

#include "walk.h"

/* What a missing last name of a destination becomes; missing directories on the way are made unless it is to fail. */
enum missing { MISSING_FAILS, MISSING_DIRECTORY, MISSING_FILE };

/* Opens (O_PATH) what is at a destination, with what is mounted on it. */
int open_destination(struct stage *stage, const char *path, enum missing missing);

/* Opens the directory that holds a destination, and gives the destination's name in it. */
int open_parent(struct stage *stage, const char *path, enum missing missing, char name[NAME_SIZE]);

/* From here on, links of this file system are followed: until the node runs, nobody else can change it. */
int add_own(struct stage *stage, int fd);
bool is_own(const struct stage *stage, int fd);

#endif
