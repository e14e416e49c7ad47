#include "credentials.h"

#include "bytes.h"

/* The kernel takes each set as two halves of 32 bits. */
struct capability_sets {
    struct __user_cap_data_struct halves[2];
};

static int get_sets(struct capability_sets *sets) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    return CALL(capget, &header, sets);
}

static int set_sets(const struct capability_sets *sets) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    return CALL(capset, &header, sets);
}

/*
 * Capabilities that a change of user would take away stay permitted, so that the operations that follow can use them;
 * the exec ends that (PR_SET_KEEPCAPS in prctl(2)).
 */
int change_ids(uint32_t uid, uint32_t gid) {
    int error = control_process(PR_SET_KEEPCAPS, 1, 0);
    if (error < 0) return error;
    if ((error = CALL(setresgid, gid, gid, gid)) < 0) return error;
    if ((error = CALL(setresuid, uid, uid, uid)) < 0) return error;
    struct capability_sets sets;
    if ((error = get_sets(&sets)) < 0) return error;
    for (int i = 0; i < 2; i++) sets.halves[i].effective = sets.halves[i].permitted;
    if ((error = set_sets(&sets)) < 0) return error;
    return control_process(PR_SET_KEEPCAPS, 0, 0);
}

int set_identity(struct stage *stage, struct reader *operands) {
    uint32_t uid = take_number(operands);
    uint32_t gid = take_number(operands);
    uint32_t count = take_number(operands);
    const uint8_t *groups = operands->at; /* little endian and aligned to 4, as the kernel wants them */
    for (uint32_t i = 0; i < count; i++) take_number(operands);
    bool drop = take_number(operands);
    if (drop || count) {
        stage->detail = DETAIL_GROUPS;
        int error = CALL(setgroups, count, groups);
        if (error < 0) return error;
        stage->detail = DETAIL_NONE;
    }
    return change_ids(uid, gid);
}

static int is_bounding(uint32_t capability) {
    return control_process(PR_CAPBSET_READ, capability, 0);
}

/* Takes a capability out of the bounding set unless it stays there; -EINVAL where this kernel has no such capability. */
static int limit(uint32_t capability, bool stays) {
    int error = stays ? -EPERM : control_process(PR_CAPBSET_DROP, capability, 0);
    if (error != -EPERM) return error;
    /* What is not in it needs no permission. */
    int bounding = is_bounding(capability);
    return bounding > 0 && !stays ? error : bounding;
}

/* The bounding set is a limit: the caller's may be tighter than the plan's. */
static int verify_bounding(uint64_t known, uint64_t allowed) {
    for (uint32_t n = 0; n < 64; n++) {
        int bounding = is_bounding(n);
        if (bounding < 0) return bounding == -EINVAL && !(known >> n & 1) ? 0 : bounding;
        if (bounding && !(allowed >> n & 1)) return -EPERM;
    }
    return 0;
}

/* Only what is both permitted and inheritable can be in the ambient set, capabilities(7). */
static int verify_ambient(uint64_t possible, uint64_t wanted) {
    for (uint32_t n = 0; n < 64; n++) {
        if (!(possible >> n & 1)) continue;
        int ambient = control_process(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, n);
        if (ambient != (int)(wanted >> n & 1)) return -EPERM;
    }
    return 0;
}

/* Up to CAP_AUDIT_READ, Linux 3.16: whoever says that one of these is unknown is a filter. */
#define CERTAIN_CAPABILITIES ((1ull << 38) - 1)

/* INVARIANT: bounding first, dropping from it needs CAP_SETPCAP; ambient last, it must be permitted and inheritable. */
int set_capabilities(struct stage *stage, struct reader *operands) {
    uint64_t bounding = take_size(operands), known = 0;
    int error = 0;
    /* They are numbered without gaps; older kernels know fewer than the plan. */
    for (uint32_t n = 0; n < 64 && (error = limit(n, bounding >> n & 1)) >= 0; n++) known |= 1ull << n;
    if (error < 0 && (error != -EINVAL || known < CERTAIN_CAPABILITIES)) return error;
    struct capability_sets wanted, applied;
    uint64_t effective = take_size(operands) & known;
    uint64_t permitted = take_size(operands) & known;
    uint64_t inheritable = take_size(operands) & known;
    uint64_t ambient = take_size(operands) & known;
    for (int i = 0; i < 2; i++) {
        wanted.halves[i].effective = (uint32_t)(effective >> 32 * i);
        wanted.halves[i].permitted = (uint32_t)(permitted >> 32 * i);
        wanted.halves[i].inheritable = (uint32_t)(inheritable >> 32 * i);
    }
    if ((error = control_process(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0)) < 0) return error;
    if ((error = set_sets(&wanted)) < 0) return error;
    for (uint32_t n = 0; n < 64; n++) {
        if (!(ambient >> n & 1)) continue;
        if ((error = control_process(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, n)) < 0) return error;
    }

    stage->detail = DETAIL_VERIFY;
    if ((error = get_sets(&applied)) < 0) return error;
    if (memcmp(&applied, &wanted, sizeof wanted) != 0) return -EPERM;
    if ((error = verify_bounding(known, bounding)) < 0) return error;
    return verify_ambient(permitted & inheritable, ambient);
}

int keep_only_kill(void) {
    struct capability_sets sets;
    int error = get_sets(&sets);
    if (error < 0) return error;
    uint32_t kill = sets.halves[0].permitted & 1u << CAP_KILL;
    sets = (struct capability_sets){{{.effective = kill, .permitted = kill}}};
    if ((error = control_process(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0)) < 0) return error;
    return set_sets(&sets);
}
