#include "devices.h"

#include <linux/bpf.h>

#include "bytes.h"
#include "destination.h"
#include "mount.h"
#include "source.h"

/* As the kernel's new_encode_dev packs the numbers, linux/kdev_t.h. */
static uint32_t encode_number(const struct statx *status) {
    uint32_t minor = status->stx_rdev_minor;
    return (minor & 0xff) | status->stx_rdev_major << 8 | minor >> 8 << 20;
}

static uint32_t mode_of(const char *access) {
    uint32_t mode = 0;
    for (; *access; access++) mode |= *access == 'r' ? 0400 : 0200;
    return mode;
}

/* What the device of the host is now: from here on its path does not matter. */
static int read_device(struct stage *stage, const struct source *source, struct statx *status) {
    int fd = open_source(stage, source, false);
    if (fd < 0) return fd;
    int error = status_of(fd, status);
    close_descriptor(fd);
    uint32_t type = status->stx_mode & S_IFMT;
    return error < 0 ? error : type == S_IFCHR || type == S_IFBLK ? 0 : -ENODEV;
}

/* The directory's mount is nodev: the device is bound onto itself without that, as what the node can take away neither of. */
static int bind_device(struct stage *stage, const char *path, uint32_t uid, uint32_t gid) {
    struct taken taken;
    int place = open_destination(stage, path, MISSING_FAILS);
    if (place < 0) return place;
    int error = CALL(fchownat, place, "", uid, gid, AT_EMPTY_PATH);
    if (error == 0) error = take_mount(stage, place, OPTION_NOSUID | OPTION_NOEXEC, &taken);
    if (error == 0) error = attach_taken(stage, &taken, place);
    close_descriptor(place);
    if (error < 0) return error;
    place = open_destination(stage, path, MISSING_FAILS);
    if (place < 0) return place;
    error = mount_descriptors(stage, NO_SOURCE, place, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NOEXEC | MS_RELATIME);
    close_descriptor(place);
    return error;
}

int make_device(struct stage *stage, struct reader *operands) {
    char name[NAME_SIZE];
    struct statx status;
    struct source source = take_source(operands);
    const char *path = take_text(operands);
    const char *access = take_text(operands);
    uint32_t uid = take_number(operands), gid = take_number(operands);
    bool optional = take_number(operands);
    int error = read_device(stage, &source, &status);
    if (error < 0) return optional && (error == -ENOENT || error == -ENOTDIR) ? 0 : error;
    int parent = open_parent(stage, path, MISSING_DIRECTORY, name);
    if (parent < 0) return parent;
    error = CALL(mknodat, parent, name, (status.stx_mode & S_IFMT) | mode_of(access), encode_number(&status));
    close_descriptor(parent);
    return error < 0 ? error : bind_device(stage, path, uid, gid);
}

/* Largest program that is sealed, in instructions: src/plan/seal_plan.ts. */
#define LARGEST 1024

/* The number that a test compares with is the high half of the instruction: a device's as in linux/kdev_t.h. */
static void set_device(uint64_t *test, const struct statx *status) {
    *test = (uint32_t)*test | (uint64_t)(status->stx_rdev_major << 20 | status->stx_rdev_minor) << 32;
}

static int attach_filter(const struct stage *stage, const uint64_t *program, uint32_t count) {
    struct {
        uint32_t type, count;
        const uint64_t *instructions;
        const char *license;
        uint64_t log[2];
        uint32_t version, flags;
        char name[16];
    } load = {BPF_PROG_TYPE_CGROUP_DEVICE, count, program, "Apache-2.0", {0}, 0, 0, "redpak"};
    int filter = CALL(bpf, BPF_PROG_LOAD, &load, sizeof load);
    if (filter < 0) return filter;
    uint32_t attach[4] = {(uint32_t)stage->cgroup, (uint32_t)filter, BPF_CGROUP_DEVICE, BPF_F_ALLOW_MULTI};
    int error = CALL(bpf, BPF_PROG_ATTACH, attach, sizeof attach);
    close_descriptor(filter);
    return error;
}

int filter_devices(struct stage *stage, struct reader *operands) {
    uint64_t program[LARGEST];
    uint32_t count = take_number(operands);
    if (count > LARGEST) return -E2BIG;
    for (uint32_t i = 0; i < count; i++) program[i] = take_size(operands);
    uint32_t slots = take_number(operands);
    for (uint32_t fd = 0; fd < slots; fd++) {
        struct statx status;
        uint32_t test = take_number(operands);
        if (test >= count) return -EINVAL;
        if (status_of((int)fd, &status) < 0 || (status.stx_mode & S_IFMT) != S_IFCHR) continue;
        set_device(program + test, &status);
    }
    bool optional = take_number(operands);
    int error = stage->cgroup < 0 ? -EOPNOTSUPP : attach_filter(stage, program, count);
    return optional ? 0 : error;
}
