/* The record of the launch. */
#ifndef REDPAK_RECORD_H
#define REDPAK_RECORD_H

#include "stage.h"

/* For sealed launchers, for whom no launcher in TypeScript has written one. */
int write_record(struct stage *stage, struct reader *operands);

/* From here on it names PID 1 of the node in the supervisor's place, for that may end without the node. */
void hand_on_record(struct stage *stage);

#endif
