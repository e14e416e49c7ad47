/* What security modules call a process. */
#ifndef REDPAK_LABEL_H
#define REDPAK_LABEL_H

#include "stage.h"

int set_exec_label(struct stage *stage, struct reader *operands);

#endif
