/* What a process has from its caller besides identity and capabilities. */
#ifndef REDPAK_ATTRIBUTES_H
#define REDPAK_ATTRIBUTES_H

#include "stage.h"

int reset_attributes(struct stage *stage, struct reader *operands);
int replace_session_keyring(struct stage *stage, struct reader *operands);
int set_oom_score(struct stage *stage, struct reader *operands);
int set_securebits(struct stage *stage, struct reader *operands);

#endif
