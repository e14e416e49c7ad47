/* Which ids of a user namespace are which outside of it: user_namespaces(7). */
#ifndef REDPAK_ID_MAPS_H
#define REDPAK_ID_MAPS_H

#include "stage.h"

/* `maps` are the operands of `clone` behind the namespaces: of init, by the supervisor. */
int write_init_maps(struct stage *stage, struct reader *maps);

/* Makes the user namespace that mounts get their maps from. */
int make_id_map(struct stage *stage, struct reader *operands);

/* Moves this process into a user and a mount namespace of its own. */
int nest_user_namespace(struct stage *stage, struct reader *operands);

#endif
