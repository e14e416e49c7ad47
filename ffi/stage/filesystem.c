#include "filesystem.h"

#include <linux/magic.h>

#include "bytes.h"
#include "destination.h"
#include "mount.h"
#include "source.h"

#define PARAMETERS_SIZE 384

static char *append_limit(char *end, const char *name, uint64_t limit) {
    return limit ? append_number(append(end, name), limit, 10) : end;
}

/* The operands of `root`, and of `tmpfs` behind its destination. */
static uint32_t take_tmpfs(const struct stage *stage, struct reader *operands, char parameters[PARAMETERS_SIZE], struct owner *owner) {
    char *end = append_number(append(parameters, "mode="), take_number(operands), 8);
    owner->uid = take_number(operands);
    owner->gid = take_number(operands);
    uint32_t flags = take_number(operands);
    end = append_number(append(end, ",uid="), owner->uid, 10);
    end = append_number(append(end, ",gid="), owner->gid, 10);
    end = append_limit(end, ",size=", take_size(operands));
    end = append_limit(end, ",nr_inodes=", take_number(operands));
    /* The node could not write to one that has another label. Init's have its own, and it may give no other. */
    if (stage->smack && !stage->is_init) append(append(end, ",smackfsroot="), stage->smack);
    return flags;
}

/* Who has the standard descriptors opens /dev/stdout anew, which asks for permission. Files and terminals stay whose they are. */
static void own_pipes(const struct owner *owner) {
    struct { uint64_t type; uint64_t others[15]; } status;
    for (int fd = 0; fd < 3; fd++) {
        if (CALL(fstatfs, fd, &status) < 0 || status.type != PIPEFS_MAGIC) continue;
        CALL(fchownat, fd, "", owner->uid, owner->gid, AT_EMPTY_PATH);
    }
}

int mount_root(struct stage *stage, struct reader *operands) {
    char parameters[PARAMETERS_SIZE];
    uint32_t flags = take_tmpfs(stage, operands, parameters, &stage->owner);
    int error = open_host(stage);
    if (error < 0) return error;
    if (!stage->is_init) own_pipes(&stage->owner);
    stage->root = create_mount("tmpfs", flags, parameters);
    return stage->root < 0 ? stage->root : add_own(stage, stage->root);
}

int mount_filesystem(struct stage *stage, struct reader *operands) {
    const char *path = take_text(operands);
    uint32_t flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    const char *type;
    char parameters[PARAMETERS_SIZE];
    struct owner owner;
    const char *data = NULL;
    switch (stage->operation.code) {
    case OP_TMPFS:
        type = "tmpfs";
        flags = take_tmpfs(stage, operands, parameters, &owner);
        data = parameters;
        break;
    case OP_DEVPTS:
        type = "devpts";
        flags = MS_NOSUID | MS_NOEXEC;
        data = "newinstance,ptmxmode=0666,mode=620,max=16";
        break;
    case OP_PROCFS:
        type = "proc";
        if (take_number(operands)) data = "subset=pid,hidepid=invisible";
        break;
    default:
        type = "mqueue";
    }
    int place = open_destination(stage, path, MISSING_DIRECTORY);
    if (place < 0) return place;
    int fd = create_mount(type, flags, data);
    int error = fd < 0 ? fd : attach_mount(stage, fd, place);
    close_descriptor(place);
    if (error == 0 && stage->operation.code == OP_TMPFS) error = add_own(stage, fd);
    if (fd >= 0) close_descriptor(fd);
    return error;
}
