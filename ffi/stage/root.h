/* The change from the caller's root directory to the node's. */
#ifndef REDPAK_ROOT_H
#define REDPAK_ROOT_H

#include "stage.h"

/* Puts the root that the supervisor has staged where init finds it, and makes it the current directory. */
int park_root(struct stage *stage);
/* Notes which mount namespace the supervisor leaves. */
void leave_home(struct stage *stage);
int take_home(struct stage *stage, struct reader *operands);
/* Back to it, when init has a copy of the other: one that lives as long as the node would keep what is unmounted on the host. */
void go_home(struct stage *stage);
int make_private(struct stage *stage, struct reader *operands);
int pivot_root(struct stage *stage, struct reader *operands);
int detach_old_root(struct stage *stage, struct reader *operands);

#endif
