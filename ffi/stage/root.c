#include "root.h"

#include "mount.h"
#include "source.h"

/*
 * The kernel takes a process for one in a chroot, and gives it no user namespace, when something covers its root directory
 * (current_chrooted in fs/namespace.c). The node's own directory is there on every machine.
 */
int park_root(struct stage *stage) {
    if (stage->root < 0 || stage->is_parked) return 0;
    stage->is_parked = true;
    struct source node = {.kind = SOURCE_PATH, .path = stage->plan.node};
    int place = open_source(stage, &node, false);
    if (place < 0) return place;
    int error = attach_mount(stage, stage->root, place);
    close_descriptor(place);
    return error < 0 ? error : CALL(fchdir, stage->root);
}

void leave_home(struct stage *stage) {
    stage->home = open_at(AT_FDCWD, "/proc/self/ns/mnt", O_RDONLY);
    stage->home_root = open_at(AT_FDCWD, "/", O_PATH);
}

int take_home(struct stage *stage, struct reader *operands) {
    stage->home = (int)take_number(operands);
    stage->home_root = (int)take_number(operands);
    return 0;
}

/* Who may not go back stays: nothing of the node depends on it. */
void go_home(struct stage *stage) {
    if (stage->home < 0 || CALL(setns, stage->home, NAMESPACE_MOUNT) < 0) return;
    CALL(fchdir, stage->home_root);
    CALL(chroot, ".");
    close_descriptor(stage->home);
    close_descriptor(stage->home_root);
    close_descriptor(stage->root);
    close_descriptor(stage->host);
    close_descriptor(stage->process);
    close_descriptor(stage->id_map);
    forget_found(stage);
}

int make_private(struct stage *stage, struct reader *operands) {
    (void)stage, (void)operands;
    return CALL(mount, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

/*
 * Binds the current directory on itself and enters the bind. "." would still be what is below: open_tree(2) gives the
 * bind itself; before Linux 5.2 only its path leads there, through directories that init may not be allowed to pass.
 */
static int bind_and_enter(void) {
    int tree = CALL(open_tree, AT_FDCWD, ".", OPEN_TREE_CLONE | AT_RECURSIVE | OPEN_TREE_CLOEXEC);
    if (tree != -ENOSYS) {
        if (tree < 0) return tree;
        int error = CALL(move_mount, tree, "", AT_FDCWD, ".", MOVE_MOUNT_F_EMPTY_PATH);
        if (error == 0) error = CALL(fchdir, tree);
        close_descriptor(tree);
        return error;
    }
    char path[1024];
    int error = CALL(getcwd, path, sizeof path);
    if (error >= 0) error = CALL(mount, ".", ".", NULL, MS_BIND | MS_REC, NULL);
    return error < 0 ? error : CALL(chdir, path);
}

/*
 * A root that was staged outside of the node's user namespace came with the copy of the caller's mount tree and is locked
 * there, so it cannot become the root; a bind of it belongs to the node and can. The caller's root stays reachable for a
 * while, because the kernel allows a new procfs only where another one is fully visible.
 */
int pivot_root(struct stage *stage, struct reader *operands) {
    int error = make_private(stage, operands);
    if (error == 0) error = open_host(stage);
    if (error == 0) error = stage->root < 0 ? bind_and_enter() : CALL(fchdir, stage->root);
    if (error == 0) error = CALL(pivot_root, ".", ".");
    if (error == 0) error = CALL(chdir, "/");
    if (error < 0) return error;
    if (stage->root >= 0) close_descriptor(stage->root);
    stage->root = open_at(AT_FDCWD, "/", O_PATH);
    return stage->root < 0 ? stage->root : 0;
}

int detach_old_root(struct stage *stage, struct reader *operands) {
    (void)operands;
    int error = CALL(fchdir, stage->host);
    if (error == 0) error = CALL(umount2, ".", MNT_DETACH);
    if (error < 0) return error;
    close_descriptor(stage->host);
    return CALL(chdir, "/");
}
