/*
 * Stands in for the stage: shows the mounts, the open descriptors and the tree of the working directory, which is the
 * staged root of a node. One line each, fields separated by tabs.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static int show(const char *path, const struct stat *status, int type, struct FTW *walk) {
    (void)type, (void)walk;
    char content[256] = "";
    if (S_ISLNK(status->st_mode)) {
        ssize_t length = readlink(path, content, sizeof content - 1);
        content[length < 0 ? 0 : length] = 0;
    } else if (S_ISREG(status->st_mode) && status->st_size > 0 && status->st_size < 200) {
        FILE *file = fopen(path, "r");
        if (file && !fgets(content, sizeof content, file)) content[0] = 0;
        if (file) fclose(file);
        content[strcspn(content, "\n\t")] = 0;
    }
    printf("entry\t%s\t%o\t%u\t%u\t%lld\t%s\n", path + 1, status->st_mode, status->st_uid, status->st_gid,
           (long long)status->st_size, content);
    /* Processes come and go in /proc. */
    return strcmp(path, "./proc") == 0 || strcmp(path, "./.proc") == 0 ? FTW_SKIP_SUBTREE : FTW_CONTINUE;
}

int main(int argc, char **argv) {
    char line[4096];
    printf("arguments\t%d\t%s\n", argc, argv[0]);
    for (char **variable = environ; *variable; variable++) printf("environment\t%s\n", *variable);
    printf("umask\t%o\n", umask(0));

    /* As the program of a node, which may have no /proc of its own (_stage_alone.ts). */
    int in_node = access("/.proc/self", F_OK) == 0;
    DIR *descriptors = opendir(in_node ? "/.proc/self/fd" : "/proc/self/fd");
    for (struct dirent *entry; descriptors && (entry = readdir(descriptors));)
        if (entry->d_name[0] != '.' && strtol(entry->d_name, 0, 10) != dirfd(descriptors)) printf("descriptor\t%s\n", entry->d_name);
    if (descriptors) closedir(descriptors);

    FILE *mounts = fopen(in_node ? "/.proc/self/mountinfo" : "/proc/self/mountinfo", "r");
    while (mounts && fgets(line, sizeof line, mounts)) printf("mount\t%s", line);
    if (mounts) fclose(mounts);

    return nftw(".", show, 16, FTW_PHYS | FTW_ACTIONRETVAL) == 0 ? 0 : 1;
}
