/*
 * state [PROC]: shows who this is and what it may do, as far as a launch decides about it; the line "end" says that nothing
 * is missing. Where a procfs is, is /proc, if it is not said. What is new each time, such as numbers of devices and namespaces, is for the reader to leave out.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static char text[65536];
static size_t length;

static int add(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t count = 0;
    while (fd >= 0 && (count = read(fd, text + length, sizeof text - 4096 - length)) > 0) length += (size_t)count;
    if (fd >= 0) close(fd);
    return fd < 0 || count < 0;
}

static void say(const char *name, const char *value) {
    length += (size_t)snprintf(text + length, sizeof text - length, "%s=%s\n", name, value);
}

static void say_number(const char *name, long value) {
    char number[32];
    snprintf(number, sizeof number, "%ld", value);
    say(name, number);
}

/* Landlock cannot be read. Port 81 is none that the node may bind. */
static long bind_port(void) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(81)};
    long error = bind(fd, (struct sockaddr *)&address, sizeof address) == 0 ? 0 : errno;
    close(fd);
    return error;
}

/* Older kernels have no such setting. */
static int add_setting(const char *proc) {
    char path[64];
    snprintf(path, sizeof path, "%s/sys/vm/memfd_noexec", proc);
    return add(path) && errno != ENOENT;
}

static void say_descriptors(void) {
    struct stat status;
    char value[64];
    for (int fd = 0; fd < 64; fd++) {
        if (fstat(fd, &status) < 0) continue;
        snprintf(value, sizeof value, "%d %o %u:%u", fd, status.st_mode & S_IFMT, major(status.st_rdev), minor(status.st_rdev));
        say("descriptor", value);
    }
}

int main(int argc, char **argv) {
    const char *proc = argc > 1 ? argv[1] : "/proc";
    static const char *const files[] = {"mountinfo", "status",        "uid_map", "gid_map",
                                        "setgroups", "oom_score_adj", "limits",  "environ"};
    static const char *const namespaces[] = {"user", "mnt", "pid", "ipc", "uts", "net", "cgroup"};
    char path[64], link[256] = "";
    int failed = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/self/%s", proc, files[i]);
        failed |= add(path);
        say("", "");
    }
    for (size_t i = 0; i < sizeof namespaces / sizeof *namespaces; i++) {
        snprintf(path, sizeof path, "%s/self/ns/%s", proc, namespaces[i]);
        ssize_t size = readlink(path, link, sizeof link - 1);
        failed |= size < 0;
        link[size < 0 ? 0 : size] = 0;
        say("namespace", link);
    }
    failed |= add_setting(proc);
    say_descriptors();
    failed |= gethostname(link, sizeof link) < 0;
    say("host name", link);
    say_number("leads its session", getsid(0) == getpid());
    say_number("securebits", prctl(PR_GET_SECUREBITS));
    say_number("timer slack", prctl(PR_GET_TIMERSLACK));
    say_number("personality", personality(0xffffffff));
    say_number("nice", getpriority(PRIO_PROCESS, 0));
    say_number("to bind port 81", bind_port());
    say_number("to change the root", chroot("/") == 0 ? 0 : errno);
    if (failed) return 1;
    say("end", "");
    return write(1, text, length) < 0;
}
