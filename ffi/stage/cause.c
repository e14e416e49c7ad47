#include "cause.h"

#include "bytes.h"
#include "syscall.h"
#include "words.h"

/* Words in pairs: a file of /proc/sys; its content that forbids, one character, with what there is to say then. */
static const char settings[] =
    "user/max_user_namespaces\0"
    "0"
    "user namespaces are switched off: see /proc/sys/user/max_user_namespaces\0"
    "kernel/unprivileged_userns_clone\0"
    "0"
    "user namespaces are switched off: see /proc/sys/kernel/unprivileged_userns_clone\0"
    "kernel/apparmor_restrict_unprivileged_userns\0"
    "1"
    "AppArmor restricts them to programs with a profile: see /proc/sys/kernel/apparmor_restrict_unprivileged_userns\0";

/* Since Linux 5.8 the root directory of who is not in a chroot is that of a mount. */
static bool is_chroot(void) {
    struct statx root;
    if (CALL(statx, AT_FDCWD, "/", 0, STATX_TYPE, &root) < 0) return false;
    return root.stx_attributes_mask & ~root.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

static bool is_filtered(void) {
    char status[4096];
    if (read_file(AT_FDCWD, "/proc/self/status", status, sizeof status) < 0) return false;
    for (const char *line = status; *line; line++) {
        const char *mode = after(line, "\nSeccomp:\t");
        if (mode) return *mode == '2';
    }
    return false;
}

const char *find_cause(int error) {
    char path[80], text[16];
    for (const char *setting = settings; *setting;) {
        append(append(path, "/proc/sys/"), setting);
        const char *value = nth_word(setting, 1);
        if (read_file(AT_FDCWD, path, text, sizeof text) == 0 && *text == *value && text[1] == '\n') return value + 1;
        setting = nth_word(value, 1);
    }
    if (error == ENOSPC) return "the limit of user namespaces is reached: see /proc/sys/user/max_user_namespaces";
    if (error != EPERM) return NULL;
    if (is_chroot()) return "the kernel gives none to a process in a chroot: use pivot_root(8) instead";
    return is_filtered() ? "a seccomp filter forbids it: see /proc/self/status" : NULL;
}
