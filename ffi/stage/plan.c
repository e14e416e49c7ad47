#include "plan.h"

#include "bytes.h"
#include "words.h"

enum process { SUPERVISOR = 1, INIT = 2, PROGRAM = 4 };

/* Which process of the node does an operation of the init phase; those that are missing belong to the host phase. */
static int performed_by(uint16_t code) {
    switch (code) {
    case OP_JOIN:
    case OP_CLONE:
        return SUPERVISOR;
    case OP_UNSHARE:
        return SUPERVISOR | INIT;
    case OP_PIVOT_ROOT:
    case OP_DETACH_OLD_ROOT:
    case OP_BIND:
    case OP_TMPFS:
    case OP_DIRECTORY:
    case OP_SYMLINK:
    case OP_DEVPTS:
    case OP_PROCFS:
    case OP_MQUEUE:
    case OP_PROTECT:
    case OP_HOSTNAME:
    case OP_LOOPBACK:
    case OP_LOCK:
    case OP_FORK:
        return INIT;
    case OP_UMASK:
    case OP_RLIMIT:
    case OP_SESSION:
    case OP_IDENTITY:
    case OP_CHDIR:
    case OP_CAPABILITIES:
    case OP_NO_NEW_PRIVILEGES:
    case OP_CLOSE_DESCRIPTORS:
    case OP_EXEC:
        return PROGRAM;
    case OP_REPORT:
        return SUPERVISOR | INIT | PROGRAM;
    default:
        return 0;
    }
}

uint32_t take_number(struct reader *reader) {
    if (reader->failed || (size_t)(reader->end - reader->at) < 4) {
        reader->failed = true;
        return 0;
    }
    const uint8_t *at = reader->at;
    reader->at += 4;
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

uint64_t take_size(struct reader *reader) {
    uint64_t low = take_number(reader);
    return low | (uint64_t)take_number(reader) << 32;
}

const char *take_text(struct reader *reader) {
    size_t length = take_number(reader);
    size_t size = (length + 4) & ~(size_t)3; /* with NUL and padding */
    if (reader->failed || (size_t)(reader->end - reader->at) < size) {
        reader->failed = true;
        return "";
    }
    const char *text = (const char *)reader->at;
    for (size_t i = 0; i < size; i++) {
        if ((text[i] == 0) != (i >= length)) {
            reader->failed = true;
            return "";
        }
    }
    reader->at += size;
    return text;
}

struct source take_source(struct reader *reader) {
    struct source source;
    source.kind = take_number(reader);
    source.descriptor = take_number(reader);
    source.path = take_text(reader);
    return source;
}

static void allow_bits(struct reader *reader, uint64_t value, uint64_t allowed) {
    if (value & ~allowed) reader->failed = true;
}

static void check_operand(struct reader *reader, char kind) {
    uint32_t number, count;
    switch (kind) {
    case KIND_TEXT:
        take_text(reader);
        return;
    case KIND_TEXTS:
        for (count = take_number(reader); count && !reader->failed; count--) take_text(reader);
        return;
    case KIND_NUMBER:
        take_number(reader);
        return;
    case KIND_NUMBERS:
        for (count = take_number(reader); count && !reader->failed; count--) take_number(reader);
        return;
    case KIND_SIZE:
        take_size(reader);
        return;
    case KIND_FLAG:
        allow_bits(reader, take_number(reader), 1);
        return;
    case KIND_NAMESPACE:
        number = take_number(reader);
        allow_bits(reader, number, NAMESPACES_ALL);
        if (!number || (number & (number - 1))) reader->failed = true;
        return;
    case KIND_NAMESPACES:
        allow_bits(reader, take_number(reader), NAMESPACES_ALL);
        return;
    case KIND_MOUNT_OPTIONS:
        allow_bits(reader, take_number(reader), OPTIONS_ALL);
        return;
    case KIND_CAPABILITIES:
        allow_bits(reader, take_size(reader), (1ull << CAPABILITIES_COUNT) - 1);
        return;
    case KIND_ID_MAPS:
        for (count = take_number(reader); count && !reader->failed; count--) {
            take_number(reader);
            take_number(reader);
            take_number(reader);
        }
        return;
    case KIND_SOURCE:
        if (take_source(reader).kind > SOURCE_DESCRIPTOR) reader->failed = true;
        return;
    case KIND_CONTENT:
        if (take_source(reader).kind > CONTENT_TEXT) reader->failed = true;
        return;
    default:
        reader->failed = true;
    }
}

bool next_operation(struct reader *records, struct operation *operation) {
    if (records->at == records->end) return false;
    struct reader record = *records;
    uint32_t code_and_phase = take_number(&record);
    uint32_t size = take_number(&record);
    if (record.failed || size < RECORD_HEADER_SIZE || size % 4 || size > (size_t)(records->end - records->at)) {
        records->failed = true;
        return false;
    }
    record.end = records->at + size;
    operation->code = (uint16_t)code_and_phase;
    operation->phase = (uint16_t)(code_and_phase >> 16);
    operation->file = take_text(&record);
    operation->line = take_number(&record);
    operation->column = take_number(&record);
    operation->operands = record;
    if (record.failed) records->failed = true;
    records->at = record.end;
    return !records->failed;
}

bool find_operation(const struct plan *plan, uint32_t index, struct operation *operation) {
    struct reader records = plan->records;
    for (operation->index = 0; next_operation(&records, operation); operation->index++) {
        if (operation->index == index) return true;
    }
    return false;
}

/* Each process does its operations and hands over to the next; the program's ends with `exec`. */
static bool open_records(struct plan *plan) {
    struct reader records = plan->records;
    struct operation operation = {0};
    int process = SUPERVISOR;
    for (uint32_t index = 0; index < plan->count; index++) {
        if (!next_operation(&records, &operation)) return false;
        struct reader operands = operation.operands;
        const char *kinds = operation_kinds((uint8_t)operation.code);
        if (!kinds || operation.code > OP_LAST || operation.phase > PHASE_INIT) return false;
        for (; *kinds; kinds++) check_operand(&operands, *kinds);
        if (operands.failed || operands.at != operands.end) return false;
        if (operation.phase != PHASE_INIT) continue;

        if (!(performed_by(operation.code) & process)) return false;
        operands = operation.operands;
        switch (operation.code) {
        case OP_CLONE:
            process = INIT;
            break;
        case OP_FORK:
            process = PROGRAM;
            break;
        case OP_SESSION:
            plan->own_session = true;
            break;
        case OP_CLOSE_DESCRIPTORS:
            plan->first_closed = take_number(&operands);
            if (plan->first_closed < 3) return false;
            break;
        case OP_REPORT:
            plan->report = take_number(&operands);
            break;
        case OP_CHDIR:
            if (take_number(&operands) == 0) return false;
            break;
        case OP_EXEC:
            if (take_number(&operands) == 0) return false;
            process = 0;
            break;
        }
    }
    return process == 0 && records.at == records.end;
}

bool open_plan(struct plan *plan, const uint8_t *bytes, size_t size) {
    struct reader header = {bytes, bytes + size, false};
    if (size < PLAN_HEADER_SIZE || !after((const char *)bytes, PLAN_MAGIC) || bytes[PLAN_MAGIC_SIZE - 1]) return false;
    header.at += PLAN_MAGIC_SIZE;
    if (take_number(&header) != PLAN_VERSION || take_number(&header) != size || size % 4) return false;
    *plan = (struct plan){.count = take_number(&header), .first_closed = 3, .report = NO_REPORT};
    if (take_number(&header) != 0) return false;
    take_text(&header); /* node */
    take_text(&header); /* alias */
    check_operand(&header, KIND_FLAG);
    plan->records = header;
    return !header.failed && open_records(plan);
}
