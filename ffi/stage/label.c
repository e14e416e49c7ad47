#include "label.h"

#include <linux/openat2.h>

#include "bytes.h"
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

/* The kernel shows what it will do with the exec: the label, and AppArmor its mode in parentheses. */
static bool is_applied(const char *found, const char *label) {
    const char *rest = after(found, label);
    return rest && (!*rest || *rest == '\n' || (*rest == ' ' && rest[1] == '('));
}

int set_exec_label(struct stage *stage, struct reader *operands) {
    char text[TEXT_SIZE];
    bool is_apparmor = same(take_text(operands), "apparmor");
    const char *label = take_text(operands);
    if (length_of(label) > LONGEST_LABEL) return -ENAMETOOLONG;
    int fd = is_apparmor ? open_attribute(stage, "../thread-self/attr/apparmor/exec") : -ENOENT;
    /* Before Linux 5.8, all modules share one file; SELinux has no other. */
    if (fd == -ENOENT) fd = open_attribute(stage, "../thread-self/attr/exec");
    if (fd < 0) return fd;
    char *end = append(append(text, is_apparmor ? "exec " : ""), label);
    int length = CALL(write, fd, text, end - text);
    if (length >= 0) length = CALL(pread64, fd, text, sizeof text - 1, 0);
    close_descriptor(fd);
    if (length < 0) return length;
    text[length] = 0;
    if (is_applied(text, label)) return 0;
    stage->detail = DETAIL_LABEL;
    return -EPERM;
}
