/*
 * Stands in for the stage: shows the mounts, the open descriptors and the tree of the working directory, which is the
 * staged root of a node. One line each, fields separated by tabs.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static void show(const FTSENT *found) {
    const struct stat *status = found->fts_statp;
    char content[256] = "";
    if (S_ISLNK(status->st_mode)) {
        ssize_t length = readlink(found->fts_accpath, content, sizeof content - 1);
        content[length < 0 ? 0 : length] = 0;
    } else if (S_ISREG(status->st_mode) && status->st_size > 0 && status->st_size < 200) {
        FILE *file = fopen(found->fts_accpath, "r");
        if (file && !fgets(content, sizeof content, file)) content[0] = 0;
        if (file) fclose(file);
        content[strcspn(content, "\n\t")] = 0;
    }
    printf("entry\t%s\t%o\t%u\t%u\t%lld\t%s\n", found->fts_path + 1, status->st_mode, status->st_uid, status->st_gid,
           (long long)status->st_size, content);
}

/* What is exchanged while the tree is read can be shown in part only, and is no error: FTS_DNR, FTS_NS. */
static int show_tree(void) {
    char *roots[] = {".", NULL};
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    for (FTSENT *found; tree && (found = fts_read(tree));) {
        if (found->fts_info == FTS_DP || found->fts_info == FTS_DNR || found->fts_info == FTS_NS) continue;
        show(found);
        /* Processes come and go in /proc. */
        if (strcmp(found->fts_path, "./proc") == 0 || strcmp(found->fts_path, "./.proc") == 0) fts_set(tree, found, FTS_SKIP);
    }
    return tree && fts_close(tree) == 0 ? 0 : 1;
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

    return show_tree();
}
