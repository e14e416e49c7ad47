#include "label.h"

#include <linux/openat2.h>

#include "bytes.h"
#include "source.h"
#include "walk.h"

#define LONGEST_LABEL 255
/* With AppArmor's command before it, or the mode of the profile behind it. */
#define TEXT_SIZE 320

/*
 * By the caller's /proc, which the node has no part in. Nothing that is mounted in it counts either: in a file of
 * another file system, or another file of this one, a label would be lost.
 */
static int open_attribute(const struct stage *stage, const char *name) {
    struct open_how how = {O_RDWR | O_CLOEXEC, 0, RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS};
    int fd = CALL(openat2, stage->process, name, &how, sizeof how);
    if (fd == -ENOSYS) fd = open_at(stage->process, name, O_RDWR);
    return fd < 0 || is_in_proc(fd) > 0 ? fd : -EXDEV;
}

/* The kernel shows the label, of an exec what it will do with it, and AppArmor its mode in parentheses. */
static bool is_applied(const char *found, const char *label) {
    const char *rest = after(found, label);
    return rest && (!*rest || *rest == '\n' || (*rest == ' ' && rest[1] == '('));
}

/* Older kernels have a file for all modules in common instead of `file`, which may be NULL. */
static int apply(struct stage *stage, const char *file, const char *common, const char *command, const char *label) {
    char text[TEXT_SIZE];
    if (length_of(label) > LONGEST_LABEL) return -ENAMETOOLONG;
    int fd = file ? open_attribute(stage, file) : -ENOENT;
    if (fd == -ENOENT) fd = open_attribute(stage, common);
    if (fd < 0) return fd;
    char *end = append(append(text, command), label);
    int length = CALL(write, fd, text, end - text);
    if (length >= 0) length = CALL(pread64, fd, text, sizeof text - 1, 0);
    close_descriptor(fd);
    if (length < 0) return length;
    text[length] = 0;
    if (is_applied(text, label)) return 0;
    stage->detail = DETAIL_LABEL;
    return -EPERM;
}

/* Not as literals, which are in the page that stays in memory (stage.ld). */
#define ATTRIBUTE "../thread-self/attr/"
static const char apparmor_exec[] = ATTRIBUTE "apparmor/exec";
static const char common_exec[] = ATTRIBUTE "exec";
static const char smack_current[] = ATTRIBUTE "smack/current";
static const char common_current[] = ATTRIBUTE "current";
static const char smack_attribute[] = "security.SMACK64";

int set_exec_label(struct stage *stage, struct reader *operands) {
    bool is_apparmor = same(take_text(operands), "apparmor");
    /* AppArmor's since Linux 5.8; SELinux has no other than the common one. */
    const char *file = is_apparmor ? apparmor_exec : NULL;
    return apply(stage, file, common_exec, is_apparmor ? "exec " : "", take_text(operands));
}

int set_smack_label(struct stage *stage, struct reader *operands) {
    /* From here on the label counts: what it must not reach, no export can show. */
    forget_found(stage);
    int error = open_host(stage);
    if (error < 0) return error;
    const char *label = take_text(operands);
    /* Since Linux 5.1. */
    error = apply(stage, smack_current, common_current, "", label);
    if (error == 0) stage->smack = label;
    return error;
}

int label_file(int fd, const char *label) {
    return CALL(fsetxattr, fd, smack_attribute, label, length_of(label), 0);
}
