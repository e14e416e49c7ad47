/* The change from the caller's root directory to the node's. */
#ifndef REDPAK_ROOT_H
#define REDPAK_ROOT_H

#include "stage.h"

int make_private(struct stage *stage, struct reader *operands);
int pivot_root(struct stage *stage, struct reader *operands);
int detach_old_root(struct stage *stage, struct reader *operands);

#endif
