/*
 * Tries one thing from inside a node and prints what the kernel answers: "ok" or the name of an errno. Each line of
 * standard output is one attempt.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int try_open(const char *path, int flags) {
    return openat(0, path, flags | O_CLOEXEC | O_NONBLOCK, 0600);
}

static int try_port(const char *port, int (*act)(int, const struct sockaddr *, socklen_t)) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return act(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof address);
}

static int try_abstract(const char *name) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path + 1, name, sizeof address.sun_path - 2);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
    return connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, size);
}

static int show_limit(const char *resource) {
    struct rlimit limit;
    if (getrlimit(atoi(resource), &limit) < 0) return -1;
    printf("%lld:%lld\n", (long long)limit.rlim_cur, (long long)limit.rlim_max);
    return 0;
}

static int attempt(const char *what, const char *object) {
    if (!strcmp(what, "read")) return try_open(object, O_RDONLY);
    if (!strcmp(what, "write")) return try_open(object, O_WRONLY);
    if (!strcmp(what, "create")) return try_open(object, O_WRONLY | O_CREAT);
    if (!strcmp(what, "bind")) return try_port(object, bind);
    if (!strcmp(what, "connect")) return try_port(object, connect);
    if (!strcmp(what, "abstract")) return try_abstract(object);
    if (!strcmp(what, "signal")) return kill(atoi(object), 0);
    if (!strcmp(what, "limit")) return show_limit(object);
    errno = ENOSYS;
    return -1;
}

int main(int count, char **words) {
    for (int i = 1; i + 1 < count; i += 2) {
        puts(attempt(words[i], words[i + 1]) < 0 ? strerrorname_np(errno) : "ok");
    }
}
