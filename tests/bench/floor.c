/*
 * The least that a launch costs on this kernel: the namespaces, the mounts and the change of root that the node of the benchmark has
 * (bench.ts), done by a static program without any check, one system call after the other.
 *
 * floor PROGRAM [ARGUMENT…]
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void must(long result, const char *what) {
    if (result >= 0) return;
    perror(what);
    exit(125);
}

static void write_text(const char *path, const char *text) {
    int fd = open(path, O_WRONLY);
    must(fd, path);
    must(write(fd, text, strlen(text)), path);
    close(fd);
}

static void bind_mount(const char *source, const char *target, unsigned long long attributes) {
    int tree = syscall(SYS_open_tree, AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    if (tree < 0 && errno == ENOENT) return;
    must(tree, source);
    struct mount_attr attr = {.attr_set = attributes};
    must(syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr), source);
    must(syscall(SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH), target);
    close(tree);
}

static void directory(const char *path) {
    must(mkdir(path, 0755), path);
}

static void file(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
    must(fd, path);
    close(fd);
}

#define RESTRICTED (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

static void build_root(void) {
    static const char *const directories[] = {"usr", "bin", "sbin", "lib", "lib64"};
    static const char *const files[] = {"etc/passwd", "etc/group"};
    static const char *const devices[] = {"null", "zero", "full", "random", "urandom", "tty"};
    char source[64], target[64];
    must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
    must(mount("none", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"), "root");
    must(chdir("/tmp"), "root");
    directory("old");
    directory("etc");
    for (unsigned i = 0; i < sizeof directories / sizeof *directories; i++) {
        snprintf(source, sizeof source, "/%s", directories[i]);
        directory(directories[i]);
        bind_mount(source, directories[i], RESTRICTED);
    }
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(source, sizeof source, "/%s", files[i]);
        file(files[i]);
        bind_mount(source, files[i], RESTRICTED);
    }
    directory("proc");
    must(mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "proc");
    directory("dev");
    must(mount("none", "dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755"), "dev");
    for (unsigned i = 0; i < sizeof devices / sizeof *devices; i++) {
        snprintf(source, sizeof source, "/dev/%s", devices[i]);
        snprintf(target, sizeof target, "dev/%s", devices[i]);
        file(target);
        bind_mount(source, target, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    }
    directory("dev/pts");
    must(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620"), "devpts");
    directory("dev/shm");
    must(mount("none", "dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"), "shm");
    directory("tmp");
    must(mount("none", "tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"), "tmp");
    directory("run");
    directory("var");
    must(syscall(SYS_pivot_root, ".", "old"), "pivot_root");
    must(chdir("/"), "/");
    must(umount2("old", MNT_DETACH), "umount");
    rmdir("old");
}

int main(int argc, char **argv) {
    char map[64];
    if (argc < 2) return 2;
    unsigned uid = getuid(), gid = getgid();
    struct clone_args args = {
        .flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP,
        .exit_signal = SIGCHLD,
    };
    long pid = syscall(SYS_clone3, &args, sizeof args);
    must(pid, "clone3");
    if (pid) {
        int status;
        must(waitpid(pid, &status, 0), "wait");
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    write_text("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "%u %u 1", uid, uid);
    write_text("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "%u %u 1", gid, gid);
    write_text("/proc/self/gid_map", map);
    build_root();
    must(sethostname("bench", 5), "hostname");
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
    must(setsid(), "setsid");
    char *environment[] = {"PATH=/usr/bin:/bin", NULL};
    execve(argv[1], argv + 1, environment);
    perror(argv[1]);
    return 127;
}
