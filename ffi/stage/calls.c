#include "syscall.h"

_Noreturn void leave(int code) {
    for (;;) CALL(exit_group, code);
}

RESIDENT void close_descriptor(int fd) {
    CALL(close, fd);
}

int open_at(int directory, const char *path, int flags) {
    return CALL(openat, directory, path, flags | O_CLOEXEC);
}

int control_process(int option, long a, long b) {
    return CALL(prctl, option, a, b, 0, 0);
}

RESIDENT int send_message(int socket, const void *data, size_t size) {
    return CALL(sendto, socket, data, size, MSG_DONTWAIT, NULL, 0);
}

int write_file(int directory, const char *name, const char *text, size_t size) {
    int fd = open_at(directory, name, O_WRONLY);
    if (fd < 0) return fd;
    int written = CALL(write, fd, text, size);
    close_descriptor(fd);
    return written < 0 ? written : 0;
}

int read_file(int directory, const char *name, char *text, size_t size) {
    int fd = open_at(directory, name, O_RDONLY);
    if (fd < 0) return fd;
    size_t length = 0;
    long count;
    while ((count = CALL(read, fd, text + length, size - 1 - length)) > 0) length += (size_t)count;
    close_descriptor(fd);
    text[length] = 0;
    return count < 0 ? (int)count : length == size - 1 ? -E2BIG : 0;
}
