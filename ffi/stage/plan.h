/*
 * Reading the binary form of plans (src/plan/binary_format.ts). Every read is checked against its record, also after
 * the whole plan has been found valid: the stage never trusts a length twice.
 */
#ifndef REDPAK_PLAN_H
#define REDPAK_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan_format.h"

/* Reads one item after the other; a read past the end gives zero or "" and sets `failed` for good. */
struct reader {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

uint32_t take_number(struct reader *reader);
uint64_t take_size(struct reader *reader);
const char *take_text(struct reader *reader);

struct source {
    uint32_t kind;
    uint32_t descriptor;
    const char *path;
};
void skip_id_maps(struct reader *reader);
struct source take_source(struct reader *reader);

struct operation {
    uint32_t place; /* of its record behind the first */
    uint16_t code;
    uint16_t phase;
    const char *file; /* "" without an origin */
    uint32_t line;
    uint32_t column;
    struct reader operands;
};

/* What has to be known of the whole plan before the first operation. */
struct plan {
    const uint8_t *bytes; /* all of it */
    size_t size;
    struct reader records;
    uint32_t count;
    const char *node; /* its directory */
    uint32_t first_closed; /* descriptors from here on are not for the program */
    uint32_t sockets; /* of a sealed launcher's caller, at most */
    uint32_t report; /* descriptor for lines of JSON, NO_REPORT without */
    bool own_session; /* of the program */
    bool no_init; /* PID 1 is the program */
    bool detached; /* the supervisor ends when the program was started */
    struct reader started; /* what it says then, operands of `detach` */
    uint32_t record_directory; /* descriptor of the directory that `record` is in */
    const char *record; /* to be removed at the end; NULL without */
    bool has_exit_status;
    uint32_t exit_status; /* of the supervisor, whatever happens */
};
#define NO_REPORT 0xffffffffu

/*
 * Checks all of `size` bytes: every item, and that each operation of the init phase is one that the process whose turn
 * it is can do. Nothing else may be called for a plan that this refuses.
 */
bool open_plan(struct plan *plan, const uint8_t *bytes, size_t size);

/* Reads the record at `records` and goes on to the next; returns false behind the last. */
bool next_operation(struct reader *records, struct operation *operation);

#endif
