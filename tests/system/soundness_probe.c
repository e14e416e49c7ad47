/*
 * What a program of a node finds: whether each program that is named can be loaded, and which directories it can make a file
 * in. Prints a line for each program that cannot.
 *
 * soundness_probe LINKER MARK [PROGRAM ...]
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *mark;

static void make_files(const char *directory, int depth)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", directory, mark);
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
	if (fd >= 0)
		close(fd);
	if (depth == 0)
		return;
	DIR *list = opendir(*directory == '\0' ? "/" : directory);
	if (list == NULL)
		return;
	for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
		struct stat status;
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
		if (strcmp(path, "/proc") == 0 || strcmp(path, "/sys") == 0 || lstat(path, &status) != 0)
			continue;
		if (S_ISDIR(status.st_mode))
			make_files(path, depth - 1);
	}
	closedir(list);
}

int main(int count, char **arguments)
{
	const char *linker = arguments[1];
	mark = arguments[2];
	for (int index = 3; index < count; index++) {
		pid_t child = fork();
		if (child == 0) {
			/* There may be no /dev/null: nobody reads it. */
			int out[2];
			if (pipe(out) == 0) {
				dup2(out[1], 1);
				dup2(out[1], 2);
			}
			char magic[2] = "";
			int file = open(arguments[index], O_RDONLY | O_CLOEXEC);
			if (file >= 0 && read(file, magic, 2) == 2 && memcmp(magic, "#!", 2) == 0)
				execl(arguments[index], arguments[index], (char *)NULL);
			else
				execl(linker, linker, "--list", arguments[index], (char *)NULL);
			_exit(127);
		}
		int status;
		if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0)
			printf("%s\n", arguments[index]);
	}
	make_files("", 4);
	return 0;
}
