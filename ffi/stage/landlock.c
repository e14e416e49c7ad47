#include "landlock.h"

#include "walk.h"

/*
 * What linux/landlock.h says on a kernel of 6.12; the headers of a build machine may be older. Each version of the
 * interface adds rights to those of the one before.
 */
enum file_right {
    EXECUTE = 1 << 0,
    WRITE_FILE = 1 << 1,
    READ_FILE = 1 << 2,
    READ_DIR = 1 << 3,
    MAKE_CHAR = 1 << 6,
    MAKE_BLOCK = 1 << 11,
    REFER = 1 << 13,     /* version 2: renames and links from one directory to another */
    TRUNCATE = 1 << 14,  /* version 3 */
    IOCTL_DEV = 1 << 15, /* version 5 */
    FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV,
    READING = EXECUTE | READ_FILE | READ_DIR,
};
enum port_right { BIND_TCP = 1 << 0, CONNECT_TCP = 1 << 1 };      /* version 4 */
enum scope { SCOPE_ABSTRACT_SOCKET = 1 << 0, SCOPE_SIGNAL = 1 << 1 }; /* version 6 */
enum rule_type { PATH_BENEATH = 1, NET_PORT = 2 };
#define ASK_VERSION 1

/* An older kernel takes the longer structure as long as what it does not know is zero. */
struct ruleset {
    uint64_t files;
    uint64_t ports;
    uint64_t scopes;
};
struct path_rule {
    uint64_t rights;
    int32_t directory;
} __attribute__((packed));
struct port_rule {
    uint64_t rights;
    uint64_t port;
};

/* All that the version knows of files. */
static uint32_t known_rights(int version) {
    uint32_t known = REFER - 1;
    if (version >= 2) known |= REFER;
    if (version >= 3) known |= TRUNCATE;
    if (version >= 5) known |= IOCTL_DEV;
    return known;
}

static int allow(int ruleset, int fd, uint32_t rights) {
    int type = type_of(fd);
    if (type < 0) return type;
    struct path_rule rule = {type == S_IFDIR ? rights : rights & FILE_RIGHTS, fd};
    return rule.rights ? CALL(landlock_add_rule, ruleset, PATH_BENEATH, &rule, 0) : 0;
}

/*
 * Links are followed: they lead nowhere but to the node itself, where the mounts decide in the first place. What an
 * optional export did not bring needs no right.
 */
static int allow_below(int ruleset, struct reader *paths, uint32_t rights) {
    for (uint32_t count = take_number(paths); count; count--) {
        int fd = open_at(AT_FDCWD, take_text(paths), O_PATH);
        if (fd == -ENOENT) continue;
        if (fd < 0) return fd;
        int error = allow(ruleset, fd, rights);
        close_descriptor(fd);
        if (error < 0) return error;
    }
    return 0;
}

/*
 * The files that the caller gave as descriptors 0 to 2 are the host's; programs open them again as /dev/stdout. A
 * directory among them gives no right to what is in it. EBADFD: pipes and sockets need no right.
 */
static int allow_standard_files(int ruleset, uint32_t known) {
    static const uint32_t rights_of_mode[] = {
        [O_RDONLY] = READ_FILE | EXECUTE | IOCTL_DEV,
        [O_WRONLY] = WRITE_FILE | TRUNCATE | IOCTL_DEV,
        [O_RDWR] = READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEV,
    };
    for (int fd = 0; fd < 3; fd++) {
        int mode = CALL(fcntl, fd, F_GETFL, 0);
        if (mode < 0) return mode;
        if (mode & O_PATH || (mode & O_ACCMODE) == O_ACCMODE || type_of(fd) == S_IFDIR) continue;
        int error = allow(ruleset, fd, rights_of_mode[mode & O_ACCMODE] & known);
        if (error < 0 && error != -EBADFD) return error;
    }
    return 0;
}

static int allow_ports(int ruleset, struct reader *ports, uint32_t right) {
    for (uint32_t count = take_number(ports); count; count--) {
        struct port_rule rule = {right, take_number(ports)};
        int error = CALL(landlock_add_rule, ruleset, NET_PORT, &rule, 0);
        if (error < 0) return error;
    }
    return 0;
}

static struct ruleset read_restrictions(struct reader *operands, int version) {
    struct ruleset ruleset = {.files = known_rights(version)};
    if (take_number(operands)) ruleset.ports |= BIND_TCP;
    if (take_number(operands)) ruleset.ports |= CONNECT_TCP;
    if (take_number(operands)) ruleset.scopes |= SCOPE_ABSTRACT_SOCKET;
    if (take_number(operands)) ruleset.scopes |= SCOPE_SIGNAL;
    if (version < 6) ruleset.scopes = 0;
    return ruleset;
}

static int add_rules(int ruleset, struct reader *operands, uint32_t known) {
    int error = allow_below(ruleset, operands, READING);
    /* No device can be made where programs write: all of it is nodev. */
    if (error == 0) error = allow_below(ruleset, operands, known & ~(MAKE_CHAR | MAKE_BLOCK));
    if (error == 0) error = allow_ports(ruleset, operands, BIND_TCP);
    if (error == 0) error = allow_ports(ruleset, operands, CONNECT_TCP);
    return error < 0 ? error : allow_standard_files(ruleset, known);
}

int restrict_access(struct stage *stage, struct reader *operands) {
    (void)stage;
    uint32_t minimum = take_number(operands);
    int version = CALL(landlock_create_ruleset, NULL, 0, ASK_VERSION);
    bool is_missing = version == -ENOSYS || version == -EOPNOTSUPP;
    if (version < 0 && !(is_missing && minimum == 0)) return version;
    /* The first version forbids every rename from one directory to another: too much for who did not ask for it. */
    if (minimum == 0 && version < 2) return 0;
    if ((uint32_t)version < minimum) return -EOPNOTSUPP;

    struct ruleset restricted = read_restrictions(operands, version);
    int ruleset = CALL(landlock_create_ruleset, &restricted, sizeof restricted, 0);
    if (ruleset < 0) return ruleset;
    int error = add_rules(ruleset, operands, (uint32_t)restricted.files);
    if (error == 0) error = CALL(landlock_restrict_self, ruleset, 0);
    close_descriptor(ruleset);
    return error;
}
