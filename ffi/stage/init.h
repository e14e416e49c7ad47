/* Init, PID 1 of the node: does what needs its namespaces, starts the program, and reaps until that ends. */
#ifndef REDPAK_INIT_H
#define REDPAK_INIT_H

#include "stage.h"

/* What init does before all operations. `maps` are the operands of `clone` behind the namespaces, `uid` the caller's. */
int begin_init(struct stage *stage, struct reader *maps, uint32_t uid);

/*
 * What is done first by who enters a running node, one of whose processes `process` stands for (pidfd_open(2)). Nobody there
 * sees this process, only the program that it forks: it stays outside of the pid namespace.
 */
int begin_inside(struct stage *stage, int process, uint32_t namespaces);

/* Has the kernel kill this process when its parent dies; credentials that change undo it (prctl(2)). */
int die_with_parent(void);

/* Waits for events; a process that cannot do that ends, and the node with it. */
void await_events(const struct stage *stage, struct pollfd *events, size_t count);
/* Of the next signal, where there is one; as await_events(). */
bool next_signal(const struct stage *stage, struct signalfd_siginfo *signal);

/* Whether the other end of a socket is closed: its process is dead. */
bool is_abandoned(int socket);

#endif
