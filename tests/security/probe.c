/*
 * probe SECRET PID PORT
 *     tries, as the program of a node, what must not work there, each in a process of its own, and prints a line for each:
 *     its id in the catalogue, "ok" or "hole", the class, and what an attacker has if it is a hole
 *
 * probe memory MEBIBYTES
 *     takes as many of them as it can, up to three quarters of the machine's memory; exits 42 if nothing stops it, else 0
 *     or not by itself
 *
 * SECRET is the path of a file of the host, PID a process of the host, PORT a TCP port of the host's loopback device.
 * The node shows /data writable, /ro and its submount /ro/sub read-only; see _scene.ts.
 *
 * Whatever is tried is harmless where it works: files are opened, not written, and values are set to what they are.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *secret;
static pid_t host_process;
static int host_port;

static bool opens(const char *path, int flags) { return open(path, flags | O_CLOEXEC | O_NONBLOCK, 0600) >= 0; }

static bool exists(const char *path) { return access(path, F_OK) == 0; }

/* Whether a file holds more than `least` bytes that this process may read. */
static bool shows(const char *path, ssize_t least) {
    char text[4096];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    return fd >= 0 && read(fd, text, sizeof text) > least;
}

/* The number behind `field` in a file of lines, or `otherwise`. */
static unsigned long long number_in(const char *path, const char *field, int base, unsigned long long otherwise) {
    char line[512];
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, field, strlen(field)) == 0) return strtoull(line + strlen(field), NULL, base);
    }
    return otherwise;
}

/* Whether `found` is true of a file somewhere below a directory. */
static bool somewhere(const char *directory, int depth, bool (*found)(const char *)) {
    DIR *entries = opendir(directory);
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        char path[4096];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (snprintf(path, sizeof path, "%s/%s", directory, entry->d_name) >= (int)sizeof path) continue;
        bool below = entry->d_type == DT_DIR && depth > 0 && somewhere(path, depth - 1, found);
        if (below || (entry->d_type != DT_DIR && entry->d_type != DT_LNK && found(path))) return closedir(entries), true;
    }
    if (entries) closedir(entries);
    return false;
}

static bool writable(const char *path) { return opens(path, O_WRONLY); }

/* Each check is a child of the program, which some tools make process 1. */
static bool init_is_other(void) { return getppid() != 1; }

/* Whether a call got past what refuses whole calls, whatever the kernel thought of its arguments. */
static bool reached(long result) { return result >= 0 || (errno != EPERM && errno != ENOSYS && errno != EACCES); }

#include "probe_integrity.h"
#include "probe_information.h"
#include "probe_privilege.h"
#include "probe_surface.h"
#include "probe_resources.h"
#include "probe_hygiene.h"

/* One process, so that no attempt changes what the next one finds. */
#define TRY(id, text, attempt) \
    if (fork() == 0) { \
        alarm(20); \
        _exit((attempt) ? 1 : 0); \
    } else { \
        int status; \
        while (waitpid(-1, &status, 0) < 0 && errno == EINTR) {} \
        /* A filter ends what it refuses by SIGSYS. */ \
        bool stopped = WIFSIGNALED(status) ? WTERMSIG(status) == SIGSYS : WEXITSTATUS(status) == 0; \
        printf("%s %s %c %s\n", id, stopped ? "ok" : "hole", class, text); \
    }

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "identity") == 0) return geteuid() != getuid() || getegid() != getgid();
    if (argc == 2 && strcmp(argv[1], "nothing") == 0) return 0;
    if (argc == 3 && strcmp(argv[1], "memory") == 0) return takes_memory(strtoull(argv[2], NULL, 10) << 20) ? 42 : 0;
    if (argc != 4) return 2;
    /* Outside of a node it would take the machine apart: it unmounts /proc and shares every mount. */
    if (!exists("/ro") || !exists("/data")) return fputs("probe: this is no node\n", stderr), 2;
    secret = argv[1];
    host_process = atoi(argv[2]);
    host_port = atoi(argv[3]);
    setvbuf(stdout, NULL, _IONBF, 0);
    /* The checks wait for children of their own. */
    bool ignored_pipe = signal(SIGPIPE, SIG_DFL) == SIG_IGN;
    char class = 'E';
    INTEGRITY(TRY)
    class = 'C';
    INFORMATION(TRY)
    class = 'P';
    PRIVILEGE(TRY)
    class = 'S';
    SURFACE(TRY)
    class = 'D';
    RESOURCES(TRY)
    class = 'H';
    HYGIENE(TRY)
    return 0;
}
