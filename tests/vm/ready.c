/*
 * The program of a node at boot: `ready NAME [SECONDS]`. After these it says `ready NAME` with the seconds since the machine was started, tells the service
 * manager so, sd_notify(3), answers who connects to a socket that was opened for it, sd_listen_fds(3), and waits.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static void notify(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET"), *text = "READY=1";
    if (!path || strlen(path) >= sizeof address.sun_path) return;
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    if (sendto(fd, text, strlen(text), 0, (struct sockaddr *)&address, length) < 0) perror("sendto");
    close(fd);
}

static _Noreturn void wait_for_calls(void) {
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
    while (pid && count && atoi(pid) == getpid() && atoi(count) == 1) {
        int fd = accept(3, NULL, NULL);
        if (fd < 0 || write(fd, "answered\n", 9) != 9) perror("answer");
        close(fd);
    }
    for (;;) pause();
}

int main(int count, char **arguments) {
    struct timespec now;
    if (count > 2) sleep((unsigned)atoi(arguments[2]));
    clock_gettime(CLOCK_BOOTTIME, &now);
    printf("ready %s %ld.%02ld\n", count > 1 ? arguments[1] : "", (long)now.tv_sec, now.tv_nsec / 10000000);
    fflush(stdout);
    notify();
    wait_for_calls();
}
