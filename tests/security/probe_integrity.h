/* E: what leads to the host's files and settings. */
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

static bool settings_writable(const char *path) {
    /* Those of a network namespace of its own are the node's, as far as it may. */
    return strncmp(path, "/proc/sys/net/", 14) != 0 && writable(path);
}

static bool control_group_writable(const char *path) {
    const char *name = strrchr(path, '/') + 1;
    return (strcmp(name, "cgroup.procs") == 0 || strcmp(name, "release_agent") == 0) && writable(path);
}

static bool mounts(const char *type, const char *source, const char *data) {
    return mkdir("/tmp/mounted", 0700), mount(source, "/tmp/mounted", type, 0, data) == 0;
}

static bool mounts_in_own_namespace(void) {
    return unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID) == 0 && mounts("proc", "none", NULL);
}

static bool reads_block_device(void) {
    if (mknod("/tmp/disk", S_IFBLK | 0600, makedev(254, 0)) && mknod("/data/disk", S_IFBLK | 0600, makedev(254, 0)))
        return false;
    bool opened = opens("/tmp/disk", O_RDONLY) || opens("/data/disk", O_RDONLY);
    unlink("/data/disk");
    return opened;
}

/* A handle of the root directory of the file system that /data lies on: inode 2 of ext4, 128 of XFS. */
static bool opens_by_handle(void) {
    int directory = open("/data", O_RDONLY | O_DIRECTORY);
    for (unsigned inode = 2; inode <= 128; inode += 126) {
        struct {
            unsigned bytes;
            int type;
            unsigned inode, generation;
        } handle = {8, 1, inode, 0};
        if (syscall(SYS_open_by_handle_at, directory, &handle, O_RDONLY) >= 0) return true;
    }
    return false;
}

static bool changes_own_mounts(void) {
    return mount(NULL, "/ro", NULL, MS_REMOUNT | MS_BIND, NULL) == 0;
}

/* Whether an option is missing of a mount; devices are what /dev is for, and the root holds nothing of the host. */
static bool mount_without(unsigned long option) {
    char line[4096], path[4096];
    FILE *file = fopen("/proc/self/mountinfo", "re");
    while (file && fgets(line, sizeof line, file)) {
        struct statvfs mounted;
        if (sscanf(line, "%*d %*d %*s %*s %4095s", path) != 1 || strncmp(path, "/dev", 4) == 0) continue;
        if (strcmp(path, "/") != 0 && statvfs(path, &mounted) == 0 && !(mounted.f_flag & option)) return true;
    }
    return false;
}

static bool runs_with_other_identity(const char *path) {
    pid_t child = fork();
    if (child == 0) {
        execl(path, path, "identity", NULL);
        _exit(0);
    }
    int status;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

/* The classic: a root below the working directory does not hold it. */
static bool escapes_chroot(void) {
    mkdir("/tmp/cage", 0700);
    if (chroot("/tmp/cage")) return false;
    for (int level = 0; level < 64; level++) {
        if (chdir("..")) return false;
    }
    return chroot(".") == 0 && exists(secret);
}

static bool secret_below(const char *root) {
    char path[8192];
    snprintf(path, sizeof path, "%s%s", root, secret);
    return exists(path);
}

static bool unknown_device(const char *path) {
    static const char *const known[] = {"null", "zero", "full", "random", "urandom", "tty", "ptmx", "console"};
    struct stat device;
    if (strncmp(path, "/dev/pts/", 9) == 0 || stat(path, &device)) return false;
    if (!S_ISBLK(device.st_mode) && !S_ISCHR(device.st_mode)) return false;
    for (size_t index = 0; index < sizeof known / sizeof *known; index++) {
        if (strcmp(path + 5, known[index]) == 0) return false;
    }
    return opens(path, O_RDONLY);
}

static bool holds_descriptor(void) {
    for (int fd = 3; fd < 1024; fd++) {
        if (fcntl(fd, F_GETFD) >= 0) return true;
    }
    return false;
}

static bool unreachable_directory(void) {
    char path[4096];
    return syscall(SYS_getcwd, path, sizeof path) < 0 || path[0] != '/';
}

static bool host_process_shows(const char *entry) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", host_process, entry);
    return opens(path, O_PATH) && exists(path);
}

#define INTEGRITY(X) \
    X("A10", "a submount of a read-only export is writable", opens("/ro/sub/written", O_WRONLY | O_CREAT)) \
    X("A10", "a read-only export is writable", opens("/ro/written", O_WRONLY | O_CREAT)) \
    X("A10", "/usr is writable", access("/usr", W_OK) == 0) \
    X("A11", "a mount allows set-user-ID", mount_without(ST_NOSUID)) \
    X("A11", "a mount allows devices", mount_without(ST_NODEV)) \
    X("A12", "a read-only export becomes writable by a remount", changes_own_mounts()) \
    X("A12", "mount attributes change", mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) == 0) \
    X("A13", "a mount can be taken away", umount2("/ro", MNT_DETACH) == 0) \
    X("A13", "/proc can be taken away", umount2("/proc", MNT_DETACH) == 0) \
    X("A16", "a device node in an export opens", opens("/data/device", O_RDWR)) \
    X("A17", "a set-user-ID file in an export gives its owner's identity", runs_with_other_identity("/data/suid")) \
    X("A20", "the old root is there", secret_below("") || secret_below("/..") || secret_below("/oldroot")) \
    X("A20", "the old root is behind /proc", secret_below("/proc/1/root") || secret_below("/proc/1/cwd")) \
    X("A21", "a root directory of its own", chroot("/tmp") == 0) \
    X("A21", "chroot leads out", escapes_chroot()) \
    X("A22", "overlays can be mounted", mounts("overlay", "none", "lowerdir=/usr:/ro")) \
    X("A23", "file systems can be mounted", mounts("tmpfs", "none", NULL)) \
    X("A23", "an image can be attached", opens("/dev/loop-control", O_RDWR) || mounts("ext4", "/data/suid", NULL)) \
    X("B01", "the launcher's program is writable", opens("/proc/1/exe", O_RDWR)) \
    X("B01", "the launcher's program is readable", init_is_other() && opens("/proc/1/exe", O_RDONLY)) \
    X("B02", "the working directory is outside", unreachable_directory() || secret_below(".")) \
    X("B03", "a descriptor of the caller is open", holds_descriptor()) \
    X("B03", "a descriptor of the caller leads to the host", faccessat(9, "etc/shadow", F_OK, 0) == 0) \
    X("C01", "core_pattern opens for writing", writable("/proc/sys/kernel/core_pattern")) \
    X("C02", "sysrq-trigger opens for writing", writable("/proc/sysrq-trigger")) \
    X("C03", "a setting of the kernel opens for writing", somewhere("/proc/sys", 6, settings_writable)) \
    X("C04", "control groups of version 1 can be mounted", mounts("cgroup", "none", "memory")) \
    X("C04", "control groups of version 2 can be mounted", mounts("cgroup2", "none", NULL)) \
    X("C05", "control groups open for writing", somewhere("/sys/fs/cgroup", 3, control_group_writable)) \
    X("C06", "a file of /sys opens for writing", somewhere("/sys", 6, writable)) \
    X("C07", "a disk can be read", reads_block_device()) \
    X("C08", "files open by handle", opens_by_handle()) \
    X("C09", "the root of a process of the host can be entered", host_process_shows("root/etc")) \
    X("C09", "the memory of a process of the host opens", host_process_shows("mem")) \
    X("C11", "a /proc without masks can be mounted", mounts("proc", "none", NULL)) \
    X("C11", "a namespace of its own mounts a /proc", mounts_in_own_namespace()) \
    X("C13", "there are devices that programs do not need", somewhere("/dev", 3, unknown_device)) \
    X("C14", "binary formats can be registered", writable("/proc/sys/fs/binfmt_misc/register") || mounts("binfmt_misc", "none", NULL)) \
    X("C15", "kernel file systems can be mounted", mounts("debugfs", "none", NULL) || mounts("tracefs", "none", NULL) || \
        mounts("bpf", "none", NULL) || mounts("sysfs", "none", NULL)) \
    X("C16", "the label can be changed", writable("/proc/self/attr/smack/current") || writable("/proc/self/attr/apparmor/exec"))
