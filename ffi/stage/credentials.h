/* Who a process is and what it may do. */
#ifndef REDPAK_CREDENTIALS_H
#define REDPAK_CREDENTIALS_H

#include "stage.h"

/* Changes all user and group ids and keeps the capabilities. */
int change_ids(uint32_t uid, uint32_t gid);
int set_identity(struct stage *stage, struct reader *operands);
int set_capabilities(struct stage *stage, struct reader *operands);
/* What init keeps while it reaps: sending signals to a program that changed its user. */
int keep_only_kill(void);

#endif
