/* What is there already, in another place. */
#ifndef REDPAK_BIND_H
#define REDPAK_BIND_H

#include "stage.h"

int bind(struct stage *stage, struct reader *operands);
/* Binds a destination on itself, read-only. */
int protect(struct stage *stage, struct reader *operands);
int mask(struct stage *stage, struct reader *operands);

#endif
