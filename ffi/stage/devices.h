/* Devices that the node has itself, and what it can open of all. */
#ifndef REDPAK_DEVICES_H
#define REDPAK_DEVICES_H

#include "stage.h"

int make_device(struct stage *stage, struct reader *operands);
/* Attaches a filter to the launch's control group, bpf(2). */
int filter_devices(struct stage *stage, struct reader *operands);

#endif
