#include "remount.h"

#include "bytes.h"
#include "mount.h"
#include "walk.h"

/* Renames that a hostile owner of the source can do meanwhile only cost rounds. */
#define MOST_ROUNDS 64
/* Of memory for the table: only what is filled is ever there. 150 bytes for each of the 100,000 mounts of fs.mount-max. */
#define TABLE_SIZE (16u << 20)

/* /proc/self/mountinfo, and where it is being read: proc_pid_mountinfo(5). */
struct table {
    const char *text;
    const char *at;
};

struct mount {
    uint32_t id;
    uint32_t parent;
    const char *point; /* escaped, and followed by a space */
    unsigned long flags; /* of mount(2) */
};

static uint32_t read_number(const char **at) {
    uint32_t number = 0;
    while (**at >= '0' && **at <= '9') number = 10 * number + (uint32_t)(*(*at)++ - '0');
    return number;
}

static void skip_word(const char **at) {
    while (**at && **at != ' ' && **at != '\n') (*at)++;
    if (**at == ' ') (*at)++;
}

static unsigned long read_flags(const char *at) {
    static const struct {
        const char word[12];
        uint32_t flag;
    } words[] = {
        {"ro", MS_RDONLY}, {"nosuid", MS_NOSUID}, {"nodev", MS_NODEV}, {"noexec", MS_NOEXEC}, {"noatime", MS_NOATIME},
        {"nodiratime", MS_NODIRATIME}, {"relatime", MS_RELATIME}, {"nosymfollow", 256 /* MS_NOSYMFOLLOW, 5.10 */},
    };
    unsigned long flags = 0;
    while (*at && *at != ' ') {
        for (uint32_t i = 0; i < sizeof words / sizeof *words; i++) {
            const char *rest = after(at, words[i].word);
            if (rest && (*rest == ',' || *rest == ' ')) flags |= words[i].flag;
        }
        while (*at && *at != ' ' && *at != ',') at++;
        if (*at == ',') at++;
    }
    return flags;
}

static bool next_mount(struct table *table, struct mount *mount) {
    if (!*table->at) return false;
    mount->id = read_number(&table->at);
    skip_word(&table->at);
    mount->parent = read_number(&table->at);
    for (int word = 0; word < 3; word++) skip_word(&table->at); /* the rest of this, device, root */
    mount->point = table->at;
    skip_word(&table->at);
    mount->flags = read_flags(table->at);
    while (*table->at && *table->at++ != '\n') {}
    return true;
}

static bool find_mount(const struct table *table, uint32_t id, struct mount *mount) {
    struct table all = {table->text, table->text};
    while (next_mount(&all, mount)) {
        if (mount->id == id) return true;
    }
    return false;
}

static bool is_below(const struct table *table, struct mount mount, uint32_t top) {
    while (mount.id != top) {
        if (mount.parent == mount.id || !find_mount(table, mount.parent, &mount)) return false;
    }
    return true;
}

static bool same_point(const char *a, const char *b) {
    while (*a == *b && *a != ' ') a++, b++;
    return *a == *b;
}

/* A mount that is covered by another on the very same place cannot be seen, nor uncovered by the node. */
static bool is_covered(const struct table *table, const struct mount *mount) {
    struct table all = {table->text, table->text};
    struct mount other;
    while (next_mount(&all, &other)) {
        if (other.parent == mount->id && other.id != mount->id && same_point(other.point, mount->point)) return true;
    }
    return false;
}

/* Id of the mount that a descriptor lies on, proc_pid_fdinfo(5); on all kernels, unlike that of statx(2). */
static int mount_id(const struct stage *stage, int fd, uint32_t *id) {
    char name[24], text[512];
    append_number(append(name, "fdinfo/"), (uint32_t)fd, 10);
    int error = read_file(stage->process, name, text, sizeof text);
    if (error < 0) return error;
    for (const char *at = text; *at; at++) {
        const char *value = after(at, "mnt_id:\t");
        if (!value) continue;
        *id = read_number(&value);
        return 0;
    }
    return -ESTALE;
}

/* Opens what is at `point` below `start`, whose own mount point it begins with; mount points are never links. */
static int open_below(int start, const char *top, const char *point) {
    char name[NAME_SIZE];
    int fd = CALL(fcntl, start, F_DUPFD_CLOEXEC, 0);
    while (*top != ' ' && *top == *point) top++, point++;
    while (fd >= 0 && *point == '/') {
        size_t length = 0;
        for (point++; *point != '/' && *point != ' '; length++) {
            if (length == NAME_SIZE - 1) return -ENAMETOOLONG;
            if (*point != '\\') {
                name[length] = *point++;
                continue;
            }
            /* Spaces and the like are \ooo. */
            name[length] = (char)((point[1] - '0') << 6 | (point[2] - '0') << 3 | (point[3] - '0'));
            point += 4;
        }
        name[length] = 0;
        int next = open_at(fd, name, O_PATH | O_NOFOLLOW);
        close_descriptor(fd);
        fd = next;
    }
    return fd;
}

static int remount(struct stage *stage, int fd, const struct mount *mount, uint32_t options) {
    uint32_t id;
    int error = mount_id(stage, fd, &id);
    if (error < 0) return error;
    if (id != mount->id) return 0;
    unsigned long flags = MS_REMOUNT | MS_BIND | mount->flags | options;
    if (!(flags & (MS_NOATIME | MS_RELATIME))) flags |= MS_STRICTATIME;
    return mount_descriptors(stage, NO_SOURCE, fd, flags);
}

/* Returns how many mounts still lacked an option, or a negative errno. */
static int remount_once(struct stage *stage, int fd, uint32_t options, struct table *table) {
    uint32_t id;
    struct mount top, mount;
    int lacking = 0;
    int error = read_file(stage->process, "mountinfo", (char *)table->text, TABLE_SIZE);
    if (error == 0) error = mount_id(stage, fd, &id);
    if (error < 0) return error;
    if (!find_mount(table, id, &top)) return -ESTALE;
    for (table->at = table->text; next_mount(table, &mount);) {
        if ((mount.flags & options) == options || !is_below(table, mount, id) || is_covered(table, &mount)) continue;
        lacking++;
        int place = open_below(fd, top.point, mount.point);
        if (place < 0) continue; /* moved away: the next round finds it elsewhere */
        error = remount(stage, place, &mount, options);
        close_descriptor(place);
        if (error < 0) return error;
    }
    return lacking;
}

int remount_restricted(struct stage *stage, int fd, uint32_t options) {
    long memory = CALL(mmap, NULL, TABLE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory < 0 && memory > -4096) return (int)memory;
    struct table table = {.text = (const char *)memory};
    int lacking = 1;
    for (int round = 0; lacking > 0 && round < MOST_ROUNDS; round++) {
        lacking = remount_once(stage, fd, options, &table);
    }
    CALL(munmap, memory, TABLE_SIZE);
    return lacking > 0 ? -EAGAIN : lacking;
}
