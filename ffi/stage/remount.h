/* Restricting mounts one after the other, on kernels without mount_setattr(2): Linux before 5.12. */
#ifndef REDPAK_REMOUNT_H
#define REDPAK_REMOUNT_H

#include "stage.h"

/* Restricts an attached mount and all mounts below it (OPTION_…). */
int remount_restricted(struct stage *stage, int fd, uint32_t options);

#endif
