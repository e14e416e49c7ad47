/* swap ONE OTHER [ONE OTHER]...: exchanges the two files or directories of each pair, in turn, until it is killed. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>

int main(int argc, char **argv) {
    if (argc < 3 || argc % 2 == 0) return 2;
    for (;;) {
        for (int at = 1; at < argc; at += 2) {
            if (renameat2(AT_FDCWD, argv[at], AT_FDCWD, argv[at + 1], RENAME_EXCHANGE) == 0) continue;
            perror("renameat2");
            return 1;
        }
    }
}
