/* What is taken from the host: opened once, by its path, and from then on only the descriptor counts. */
#ifndef REDPAK_SOURCE_H
#define REDPAK_SOURCE_H

#include "stage.h"

/* Opens the caller's root directory and /proc for this process, where that has not been done. */
int open_host(struct stage *stage);

/*
 * Opens (O_PATH) what a source of a plan names. Links of the host are followed; not those of /proc/PID/root and the like,
 * which lead anywhere, nor those that lead out of a node's directory, where programs of the node may have made them.
 * `for_writing`: nor any other in a node's directory, or into that of this node.
 */
int open_source(struct stage *stage, const struct source *source, bool for_writing);

/*
 * Makes a directory of the host and its missing parents. What exists is left as it is, and nothing is made through a link
 * that somebody other than root or the caller could have put there.
 */
int ensure_directory(struct stage *stage, struct reader *operands);
/* What is bound from here on is looked for again. */
void forget_found(struct stage *stage);

#endif
