/*
 * host_marks SOCKET
 *     what no node may find: an abstract socket, a TCP port of the loopback device and shared memory, by the names that
 *     probe_information.h looks for; prints the port, and ends with its input
 *
 * Tells whoever connects to SOCKET the user and group that the host knows it by.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define NAME "redpak_test_secret"
#define SHARED_MEMORY 0x72656470

static void tell(int server) {
    struct ucred who;
    socklen_t length = sizeof who;
    int client = accept(server, NULL, NULL);
    if (getsockopt(client, SOL_SOCKET, SO_PEERCRED, &who, &length) == 0) dprintf(client, "%u %u", who.uid, who.gid);
    close(client);
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    struct sockaddr_un abstract = {.sun_family = AF_UNIX, .sun_path = "\0" NAME};
    struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = offsetof(struct sockaddr_un, sun_path) + sizeof NAME;
    struct sockaddr_un named = {.sun_family = AF_UNIX};
    snprintf(named.sun_path, sizeof named.sun_path, "%s", argv[1]);
    int local = socket(AF_UNIX, SOCK_STREAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0);
    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(server, (struct sockaddr *)&named, sizeof named) || listen(server, 64) || chmod(argv[1], 0666))
        return perror(argv[1]), 1;
    if (bind(local, (struct sockaddr *)&abstract, length) || listen(local, 64)) return perror("abstract socket"), 1;
    length = sizeof loopback;
    if (bind(tcp, (struct sockaddr *)&loopback, length) || listen(tcp, 64) ||
        getsockname(tcp, (struct sockaddr *)&loopback, &length))
        return perror("port"), 1;
    int memory = shmget(SHARED_MEMORY, 4096, IPC_CREAT | 0666);
    if (memory < 0) return perror("shared memory"), 1;
    printf("%d\n", ntohs(loopback.sin_port));
    fflush(stdout);
    struct pollfd input[] = {{.fd = 0, .events = POLLIN}, {.fd = server, .events = POLLIN}};
    while (poll(input, 2, -1) > 0 && !input[0].revents) {
        if (input[1].revents) tell(server);
    }
    return shmctl(memory, IPC_RMID, NULL);
}
