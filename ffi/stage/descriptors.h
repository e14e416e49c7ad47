/* Which descriptors are open, and which survive an exec. */
#ifndef REDPAK_DESCRIPTORS_H
#define REDPAK_DESCRIPTORS_H

#include "stage.h"

/* Makes sure that 0, 1 and 2 are open, so that nothing else ever gets these numbers. */
int open_standard_descriptors(void);

/* Makes sure that no descriptor from `first` on survives an exec. */
int mark_descriptors(uint32_t first);

/* Closes all descriptors of init but those in `stage->kept` and the two that it works with. */
void close_descriptors(struct stage *stage);

#endif
