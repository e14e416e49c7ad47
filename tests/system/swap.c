/* swap DIRECTORY: exchanges the entries "entry" and "other" of a directory until it is killed. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>

int main(int argc, char **argv) {
    int directory = argc == 2 ? open(argv[1], O_PATH | O_DIRECTORY) : -1;
    if (directory < 0) return 2;
    while (renameat2(directory, "entry", directory, "other", RENAME_EXCHANGE) == 0) {}
    perror("renameat2");
    return 1;
}
