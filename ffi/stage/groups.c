#include "groups.h"

#include <linux/magic.h>
#include <linux/sysinfo.h>

#include "bytes.h"
#include "walk.h"

/* Where groups vanish while they are made: another launch in them has ended. */
#define TRIES 20

/* Room for the names of all controllers: fourteen, of at most 11 letters, in Linux 6.18. */
#define CONTROLLERS_SIZE 256

/* And for the longest of them. */
#define CONTROLLER_SIZE 24

/* What a setting says that depends on the machine. */
#define HALF "half"

uint64_t half_of_memory(void) {
    struct sysinfo info;
    if (CALL(sysinfo, &info) < 0) return 0;
    return (info.totalram * info.mem_unit / 2) & ~4095ull;
}

int write_group_file(int group, const char *name, const char *text) {
    return write_file(group, name, text, length_of(text));
}

static int open_group(int directory, const char *path) {
    return open_at(directory, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

struct group {
    int descriptor; /* negative: none yet */
    bool is_new;
    char available[CONTROLLERS_SIZE]; /* controllers */
    char enabled[CONTROLLERS_SIZE]; /* those of them that it hands on */
};

/* Goes on to a group, if it could be opened. What a group has not, it does not hand on, and a new one nothing. */
static int enter_group(struct group *group, int descriptor, bool is_new) {
    if (descriptor < 0) return descriptor;
    if (group->descriptor >= 0) close_descriptor(group->descriptor);
    group->descriptor = descriptor;
    group->is_new = is_new;
    *group->enabled = 0;
    int error = read_file(descriptor, "cgroup.controllers", group->available, CONTROLLERS_SIZE);
    if (error < 0 || is_new || !*group->available) return error;
    return read_file(descriptor, "cgroup.subtree_control", group->enabled, CONTROLLERS_SIZE);
}

static bool has_word(const char *words, const char *word) {
    while (*words) {
        const char *rest = after(words, word);
        if (rest && (!*rest || *rest == ' ' || *rest == '\n')) return true;
        while (*words && *words++ != ' ') {}
    }
    return false;
}

/* The controller that a setting is of. */
static const char *controller_of(const char *setting, char name[CONTROLLER_SIZE]) {
    size_t length = 0;
    while (setting[length] && setting[length] != '.' && length < CONTROLLER_SIZE - 1) length++;
    memcpy(name, setting, length);
    name[length] = 0;
    return name;
}

/*
 * Writes `file=value`. A "?" before it: of a group that may be as another launch has left it; what it lacks is no loss, and
 * one that has just been made has it.
 */
static int apply(const struct group *group, const char *setting) {
    char controller[CONTROLLER_SIZE], file[64], number[24];
    bool is_reset = *setting == '?';
    setting += is_reset;
    if (is_reset && (group->is_new || !has_word(group->available, controller_of(setting, controller)))) return 0;
    size_t length = 0;
    while (setting[length] && setting[length] != '=') length++;
    if (length >= sizeof file || !setting[length]) return -EINVAL;
    memcpy(file, setting, length);
    file[length] = 0;
    const char *value = setting + length + 1;
    if (same(value, HALF)) append_number(number, half_of_memory(), 10), value = number;
    int error = write_group_file(group->descriptor, file, value);
    return is_reset ? 0 : error;
}

static int apply_all(const struct group *group, struct reader *settings, bool lacks) {
    for (uint32_t count = take_number(settings); count; count--) {
        int error = apply(group, take_text(settings));
        if (error < 0 && !(lacks && error == -ENOENT)) return error;
    }
    return 0;
}

/*
 * Hands on a controller to the groups below; an optional one where it is there. Only what is not so yet is written: for
 * that, even in vain, the kernel looks at all groups below.
 */
static int enable_one(const struct group *group, const char *name, bool optional) {
    char text[CONTROLLER_SIZE + 1];
    if (length_of(name) >= CONTROLLER_SIZE) return -EINVAL;
    if (has_word(group->enabled, name) || (optional && !has_word(group->available, name))) return 0;
    append(append(text, "+"), name);
    int error = write_group_file(group->descriptor, "cgroup.subtree_control", text);
    return optional ? 0 : error;
}

static int enable(const struct group *group, struct reader *names) {
    for (uint32_t count = take_number(names); count; count--) {
        const char *name = take_text(names);
        bool optional = *name == '?';
        int error = enable_one(group, name + optional, optional);
        if (error < 0) return error;
    }
    return 0;
}

/* The group at `root`; where that ends with "/", the tree is mounted there, and the caller's own group in it is meant. */
static int open_base(const char *root) {
    char path[2 * PATH_SIZE], groups[PATH_SIZE];
    struct { uint64_t type; uint64_t others[15]; } status;
    size_t length = length_of(root);
    if (length >= PATH_SIZE) return -ENAMETOOLONG;
    char *end = append(path, root);
    if (length && root[length - 1] == '/') {
        int error = read_file(AT_FDCWD, "/proc/self/cgroup", groups, sizeof groups);
        if (error < 0) return error;
        const char *own = groups;
        while (*own && !after(own, "0::/")) {
            while (*own && *own++ != '\n') {}
        }
        if (!*own) return -ENOENT;
        own = after(own, "0::/");
        while (*own && *own != '\n') *end++ = *own++;
        *end = 0;
    }
    int group = open_group(AT_FDCWD, path);
    if (group < 0) return group;
    int error = CALL(fstatfs, group, &status);
    if (error == 0 && status.type != CGROUP2_SUPER_MAGIC) error = -EXDEV;
    if (error == 0) return group;
    close_descriptor(group);
    return error;
}

/* `is_new` becomes whether it was not there yet. */
static int make_group(int parent, const char *name, bool *is_new) {
    int error = CALL(mkdirat, parent, name, 0755);
    *is_new = error == 0;
    return error < 0 && error != -EEXIST ? error : open_group(parent, name);
}

/* Either a group has processes, or its controllers are for the groups in it: the launcher moves, and nobody else. */
static int leave_base(int base, const char *tree) {
    char processes[64], own[16];
    char *end = append_number(own, (uint64_t)CALL(getpid), 10);
    /* The root of all is the only one without a type, and may have both. */
    int error = CALL(faccessat, base, "cgroup.type", 0);
    if (error < 0) return error == -ENOENT ? 0 : error;
    if ((error = read_file(base, "cgroup.procs", processes, sizeof processes)) == -E2BIG) return -EBUSY;
    if (error < 0 || !*processes) return error;
    append(end, "\n");
    if (!same(processes, own)) return -EBUSY;
    bool is_new;
    int group = make_group(base, tree, &is_new);
    if (group < 0) return group;
    int supervisor = make_group(group, "supervisor", &is_new);
    close_descriptor(group);
    if (supervisor < 0) return supervisor;
    error = write_group_file(supervisor, "cgroup.procs", "0");
    close_descriptor(supervisor);
    return error;
}

/* The groups of the `cgroup` operations, each in the one before: `group` becomes the innermost. */
static int make_path(const struct stage *stage, struct group *group) {
    struct reader records = stage->plan.records;
    struct operation operation;
    int error = 0;
    while (error == 0 && next_operation(&records, &operation)) {
        if (operation.code != OP_CGROUP) continue;
        struct reader *operands = &operation.operands;
        const char *root = take_text(operands), *name = NULL, *tree = NULL;
        if (group->descriptor < 0 && (error = enter_group(group, open_base(root), false)) < 0) return error;
        for (uint32_t count = take_number(operands); count; count--) {
            name = take_text(operands);
            if (!tree) tree = name;
        }
        if (name) {
            /* INVARIANT: before controllers are enabled, some of which can be beside processes. */
            if (name == tree) error = leave_base(group->descriptor, tree);
            if (error == 0) error = enable(group, operands);
            if (error < 0) return error;
            bool is_new;
            int inner = make_group(group->descriptor, name, &is_new);
            if ((error = enter_group(group, inner, is_new)) < 0) return error;
        } else {
            for (uint32_t count = take_number(operands); count; count--) take_text(operands);
        }
        error = apply_all(group, operands, false);
    }
    return error < 0 ? error : group->descriptor < 0 ? -EINVAL : 0;
}

/* What the settings need, where there are such controllers. */
static int enable_for(const struct group *group, struct reader settings) {
    char name[CONTROLLER_SIZE];
    for (uint32_t count = take_number(&settings); count; count--) {
        int error = enable_one(group, controller_of(take_text(&settings), name), true);
        if (error < 0) return error;
    }
    return 0;
}

/* Another launch may have had this process id before, or have it in another namespace. */
static int make_own(const struct group *parent, struct reader settings) {
    char name[40];
    int error = enable_for(parent, settings);
    if (error < 0) return error;
    for (uint32_t number = 1; number < 100; number++) {
        char *end = append_number(append(name, "run-"), (uint64_t)CALL(getpid), 10);
        if (number > 1) append_number(append(end, "-"), number, 10);
        error = CALL(mkdirat, parent->descriptor, name, 0755);
        if (error != -EEXIST) break;
    }
    if (error < 0) return error;
    struct group own = {.descriptor = open_group(parent->descriptor, name), .is_new = true};
    if (own.descriptor < 0) return own.descriptor;
    /* Who sweeps up has found it before it was locked. */
    error = CALL(flock, own.descriptor, LOCK_EX | LOCK_NB) < 0 ? -ENOENT : apply_all(&own, &settings, true);
    if (error == 0) error = CALL(faccessat, own.descriptor, "cgroup.procs", 0);
    if (error == 0) return own.descriptor;
    close_descriptor(own.descriptor);
    CALL(unlinkat, parent->descriptor, name, AT_REMOVEDIR);
    return error;
}

static int make_all(const struct stage *stage, struct reader settings) {
    struct group group = {.descriptor = -1};
    int error = make_path(stage, &group);
    if (error == 0) error = make_own(&group, settings);
    if (group.descriptor >= 0) close_descriptor(group.descriptor);
    return error;
}

int make_groups(struct stage *stage, struct reader *operands) {
    struct reader settings = *operands;
    for (uint32_t count = take_number(operands); count; count--) take_text(operands);
    bool optional = take_number(operands);
    int error, tries = TRIES;
    do {
        error = make_all(stage, settings);
    } while ((error == -ENOENT || error == -ENODEV) && --tries);
    if (error >= 0) stage->cgroup = error;
    return error >= 0 || optional ? 0 : error;
}
