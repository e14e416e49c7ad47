/* New file systems of the node. */
#ifndef REDPAK_FILESYSTEM_H
#define REDPAK_FILESYSTEM_H

#include "stage.h"

/* `root`, which is where all destinations are. */
int mount_root(struct stage *stage, struct reader *operands);
/* `tmpfs`, `devpts`, `procfs`, `mqueue`. */
int mount_filesystem(struct stage *stage, struct reader *operands);

#endif
