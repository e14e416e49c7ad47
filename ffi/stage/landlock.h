/* The second lock on what the mount tree shows: landlock(7). */
#ifndef REDPAK_LANDLOCK_H
#define REDPAK_LANDLOCK_H

#include "stage.h"

int restrict_access(struct stage *stage, struct reader *operands);

#endif
