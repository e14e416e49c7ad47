/* What the supervisor says: one message on standard error, lines of JSON on the descriptor of `report`. */
#ifndef REDPAK_FAILURE_H
#define REDPAK_FAILURE_H

#include "stage.h"

/* A failure that has no operation. */
void say(const char *sentence);
/* The message and the line `setup-failed`. */
void tell_failure(const struct stage *stage, const struct report *report);
void tell_started(const struct stage *stage, int pid);
void tell_exited(const struct stage *stage, int wait_status);

#endif
