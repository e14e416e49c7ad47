/* What the supervisor says: one message on standard error, lines of JSON on the descriptor of `report`. */
#ifndef REDPAK_FAILURE_H
#define REDPAK_FAILURE_H

#include "stage.h"

/* What has no operation, and why. */
void say(const char *what, const char *why);
#define CANNOT_START "Cannot start the node"
#define CANNOT_WAIT "Cannot wait for the node"
/* The message and the line `setup-failed`. */
void tell_failure(const struct stage *stage, const struct report *report);
void tell_started(const struct stage *stage, int pid);
/* The message of `detach`. */
void tell_parted(const struct stage *stage);
void tell_exited(const struct stage *stage, int wait_status);

#endif
