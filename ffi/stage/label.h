/* What security modules call a process. */
#ifndef REDPAK_LABEL_H
#define REDPAK_LABEL_H

#include "stage.h"

int set_exec_label(struct stage *stage, struct reader *operands);
/* This process's own, and so that of all that comes from it. */
int set_smack_label(struct stage *stage, struct reader *operands);
/* Smack's label of a new file, which else is that of who has made it. */
int label_file(int fd, const char *label);

#endif
