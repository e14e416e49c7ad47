/* What a sealed launcher does for itself, because no launcher in TypeScript has prepared anything. */
#ifndef REDPAK_SEAL_H
#define REDPAK_SEAL_H

#include "stage.h"

/* The number that a text begins with, 0 without; goes on behind it. */
uint32_t read_number(const char **text);

/* Refuses where something is not as it was when the launcher was sealed, or becomes what renews it. */
int check_seal(struct stage *stage, struct reader *operands);
/* For the program: what it gets of the caller's arguments and environment. */
int take_caller(struct stage *stage, struct reader *operands);
int hold(struct stage *stage, struct reader *operands);

#endif
