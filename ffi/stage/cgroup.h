/* The node's control group, which the launcher has made: init starts in it, and it goes with the node. */
#ifndef REDPAK_CGROUP_H
#define REDPAK_CGROUP_H

#include "stage.h"

int enter_cgroup(struct stage *stage, struct reader *operands);

/*
 * clone(2) with the child in the node's group; returns as that does. Where the kernel cannot do it at once, the child is
 * moved: it must not do anything before it is told to. A cgroup namespace made by clone would begin at the caller's
 * group, so it is left for the child to make (own_cgroup_view).
 */
long clone_into_cgroup(struct stage *stage, uint32_t namespaces);

/* Whether the kernel has killed a process of the group because of a limit of memory. */
bool ran_out_of_memory(const struct stage *stage);

/* Ends what is left in the group and removes it, and those above that nobody else is in. */
void remove_cgroup(const struct stage *stage);

#endif
