/* The control groups of a sealed launcher: of a whole plan, the stage makes them itself. */
#ifndef REDPAK_GROUPS_H
#define REDPAK_GROUPS_H

#include "stage.h"

/*
 * Makes the groups of the plan's `cgroup` operations, and in them one for this launch (`stage->cgroup`); `operands` are the
 * settings of that and whether it is optional. Optional groups that cannot be had are left out as a whole.
 */
int make_groups(struct stage *stage, struct reader *operands);

/* In one write, as the kernel wants it. */
int write_group_file(int group, const char *name, const char *text);

/* Half of the memory of this machine in bytes, a multiple of the page size. */
uint64_t half_of_memory(void);

#endif
