/* The filter of system calls. */
#ifndef REDPAK_SECCOMP_H
#define REDPAK_SECCOMP_H

#include "stage.h"

int install_filter(struct stage *stage, struct reader *operands);

#endif
