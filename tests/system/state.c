/* Shows who this is, what it may do and its mounts; the line "end" says that nothing is missing. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static char text[65536];
static size_t length;

static int add(const char *path) {
    int fd = open(path, O_RDONLY);
    ssize_t count = 0;
    while (fd >= 0 && (count = read(fd, text + length, sizeof text - 16 - length)) > 0) length += (size_t)count;
    return fd < 0 || count < 0;
}

int main(void) {
    int failed = add("/proc/self/mountinfo") | add("/proc/self/status") | add("/proc/self/uid_map");
    if (failed) return 1;
    memcpy(text + length, "end\n", 4);
    return write(1, text, length + 4) < 0;
}
