#include "plan.h"

#include "bytes.h"
#include "words.h"

/* A supervisor that has a mount namespace of its own may change its mounts; who enters a node changes nothing there. */
enum process { SUPERVISOR = 1, BUILDER = 2, INIT = 4, PROGRAM = 8, INSIDE = 16 };

/* Which process of the node may do an operation. */
static const uint8_t performed_by[OP_LAST + 1] = {
    [OP_RESET_ATTRIBUTES] = SUPERVISOR | BUILDER,
    [OP_SESSION_KEYRING] = SUPERVISOR | BUILDER,
    [OP_OOM_SCORE] = SUPERVISOR | BUILDER,
    [OP_MEMFD_NOEXEC] = SUPERVISOR | BUILDER,
    [OP_ENTER_CGROUP] = SUPERVISOR | BUILDER,
    [OP_JOIN] = SUPERVISOR | BUILDER,
    [OP_ENSURE_DIRECTORY] = SUPERVISOR | BUILDER,
    [OP_CLONE] = SUPERVISOR | BUILDER,
    [OP_UNSHARE] = SUPERVISOR | INIT,
    [OP_MAKE_PRIVATE] = BUILDER | INIT,
    [OP_ID_MAP] = BUILDER,
    [OP_SMACK] = BUILDER,
    [OP_ROOT] = BUILDER | INIT,
    [OP_BIND] = BUILDER | INIT,
    [OP_TMPFS] = BUILDER | INIT,
    [OP_DIRECTORY] = BUILDER | INIT,
    [OP_SYMLINK] = BUILDER | INIT,
    [OP_FILE] = BUILDER | INIT,
    [OP_DEVPTS] = BUILDER | INIT,
    [OP_MQUEUE] = BUILDER | INIT,
    [OP_PROTECT] = BUILDER | INIT,
    [OP_MASK] = BUILDER | INIT,
    [OP_PROCFS] = INIT,
    [OP_PIVOT_ROOT] = INIT,
    [OP_DETACH_OLD_ROOT] = INIT,
    [OP_HOSTNAME] = INIT,
    [OP_LOOPBACK] = INIT,
    [OP_LOCK] = INIT,
    [OP_NEST_USER_NAMESPACE] = INIT,
    [OP_FORK] = INIT | INSIDE,
    [OP_BECOME_PROGRAM] = INIT,
    [OP_DETACH] = SUPERVISOR | BUILDER,
    [OP_EXEC_LABEL] = PROGRAM,
    [OP_LANDLOCK] = PROGRAM,
    [OP_UMASK] = PROGRAM,
    [OP_RLIMIT] = PROGRAM,
    [OP_SESSION] = PROGRAM,
    [OP_IDENTITY] = SUPERVISOR | BUILDER | PROGRAM,
    [OP_CHDIR] = PROGRAM,
    [OP_CAPABILITIES] = PROGRAM,
    [OP_SECUREBITS] = PROGRAM,
    [OP_NO_NEW_PRIVILEGES] = PROGRAM,
    [OP_CLOSE_DESCRIPTORS] = PROGRAM,
    [OP_SECCOMP] = PROGRAM,
    [OP_EXEC] = PROGRAM,
    [OP_REPORT] = SUPERVISOR | BUILDER | INIT | PROGRAM | INSIDE,
    [OP_EXIT_STATUS] = SUPERVISOR | BUILDER,
    [OP_RECORD] = SUPERVISOR | BUILDER,
    [OP_HOME] = SUPERVISOR,
    [OP_ENTER] = SUPERVISOR,
    [OP_RELEASE] = INIT,
    [OP_SEALED] = SUPERVISOR,
    [OP_CALLER] = SUPERVISOR | BUILDER,
    [OP_HOLD] = SUPERVISOR,
    [OP_WRITE_RECORD] = SUPERVISOR,
    [OP_CGROUP] = SUPERVISOR | BUILDER,
    [OP_DEVICE_FILTER] = SUPERVISOR | BUILDER, /* for the reader */
    [OP_DEVICE_PROGRAM] = SUPERVISOR | BUILDER,
    [OP_DEVICE] = BUILDER,
};

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

void skip_id_maps(struct reader *reader) {
    for (uint64_t numbers = 3ull * take_number(reader); numbers && !reader->failed; numbers--) take_number(reader);
}

static void check_operand(struct reader *reader, char kind) {
    uint64_t bits = 0;
    uint64_t allowed = 0;
    uint32_t count;
    switch (kind) {
    case KIND_TEXT:
        take_text(reader);
        break;
    case KIND_TEXTS:
        for (count = take_number(reader); count && !reader->failed; count--) take_text(reader);
        break;
    case KIND_NUMBER:
        take_number(reader);
        break;
    case KIND_NUMBERS:
        for (count = take_number(reader); count && !reader->failed; count--) take_number(reader);
        break;
    case KIND_FILTER:
        for (count = take_number(reader); count && !reader->failed; count--) take_size(reader);
        break;
    case KIND_SIZE:
        take_size(reader);
        break;
    case KIND_ID_MAPS:
        skip_id_maps(reader);
        break;
    case KIND_FLAG:
        bits = take_number(reader);
        allowed = 1;
        break;
    case KIND_NAMESPACE: /* one bit */
    case KIND_NAMESPACES:
        bits = take_number(reader);
        allowed = NAMESPACES_ALL;
        if (kind == KIND_NAMESPACE && (bits == 0 || bits & (bits - 1))) reader->failed = true;
        break;
    case KIND_MOUNT_OPTIONS:
        bits = take_number(reader);
        allowed = OPTIONS_ALL;
        break;
    case KIND_CAPABILITIES:
        bits = take_size(reader);
        allowed = (1ull << CAPABILITIES_COUNT) - 1;
        break;
    case KIND_SOURCE:
    case KIND_CONTENT:
        if (take_source(reader).kind > (kind == KIND_SOURCE ? SOURCE_DESCRIPTOR : CONTENT_TEXT)) reader->failed = true;
        break;
    default:
        reader->failed = true;
    }
    if (bits & ~allowed) reader->failed = true;
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

/* Each process does its operations and hands over to the next; the program's ends with `exec`. */
static bool open_records(struct plan *plan) {
    struct reader records = plan->records;
    struct operation operation = {0};
    int process = SUPERVISOR;
    uint32_t namespaces = 0;
    for (uint32_t index = 0; index < plan->count; index++) {
        if (!next_operation(&records, &operation)) return false;
        struct reader operands = operation.operands;
        const char *kinds = operation_kinds((uint8_t)operation.code);
        if (!kinds || operation.code > OP_LAST || operation.phase > PHASE_INIT) return false;
        for (; *kinds; kinds++) check_operand(&operands, *kinds);
        if (operands.failed || operands.at != operands.end) return false;
        if (!(performed_by[operation.code] & process)) return false;
        operands = operation.operands;
        switch (operation.code) {
        case OP_UNSHARE:
            if (process == SUPERVISOR && take_number(&operands) & NAMESPACE_MOUNT) process = BUILDER;
            break;
        case OP_CLONE:
            namespaces = take_number(&operands);
            if (!(namespaces & NAMESPACE_MOUNT)) return false;
            process = INIT;
            break;
        case OP_FORK:
            process = PROGRAM;
            break;
        case OP_BECOME_PROGRAM:
            /* Nobody would end what the program leaves behind. */
            if (!(namespaces & NAMESPACE_PID)) return false;
            plan->no_init = true;
            process = PROGRAM;
            break;
        case OP_DETACH:
            plan->detached = true;
            plan->started = operands;
            break;
        case OP_SESSION:
            plan->own_session = true;
            break;
        case OP_CLOSE_DESCRIPTORS:
            plan->first_closed = take_number(&operands);
            if (plan->first_closed < 3) return false;
            break;
        case OP_CALLER:
            plan->sockets = take_number(&operands);
            break;
        case OP_REPORT:
            plan->report = take_number(&operands);
            break;
        case OP_EXIT_STATUS:
            plan->has_exit_status = true;
            plan->exit_status = take_number(&operands);
            break;
        case OP_RECORD:
            plan->record_directory = take_number(&operands);
            plan->record = take_text(&operands);
            break;
        case OP_ENTER:
            process = INSIDE;
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

/* Of the whole plan, as src/core/checksum.ts computes it: finds whatever storage has done to a sealed launcher. */
static uint32_t checksum_of(const uint8_t *bytes, size_t size) {
    struct reader words = {bytes, bytes + size, false};
    uint32_t sum = 0;
    while (words.at != words.end) {
        bool is_sum = words.at == bytes + PLAN_CHECKSUM_OFFSET;
        uint32_t word = take_number(&words);
        sum = ((sum << 5 | sum >> 27) ^ (is_sum ? 0 : word)) * 0x01000193;
    }
    return sum;
}

bool open_plan(struct plan *plan, const uint8_t *bytes, size_t size) {
    struct reader header = {bytes, bytes + size, false};
    if (size < PLAN_HEADER_SIZE || !after((const char *)bytes, PLAN_MAGIC) || bytes[PLAN_MAGIC_SIZE - 1]) return false;
    header.at += PLAN_MAGIC_SIZE;
    if (take_number(&header) != PLAN_VERSION || take_number(&header) != size || size % 4) return false;
    *plan = (struct plan){.bytes = bytes, .size = size, .count = take_number(&header), .first_closed = 3, .report = NO_REPORT};
    if (take_number(&header) != checksum_of(bytes, size)) return false;
    plan->node = take_text(&header);
    take_text(&header); /* alias */
    check_operand(&header, KIND_FLAG);
    plan->records = header;
    return !header.failed && open_records(plan);
}
