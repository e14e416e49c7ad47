/*
 * Runs a command and prints what it took, with those whose end it waited for: nanoseconds from before its fork to after its end,
 * microseconds of processors, and KiB of memory of the largest of them. That is what a shell sees, without the noise of a managed
 * runtime around it. Standard output of the command goes to /dev/null.
 *
 * measure UID COUNT COMMAND…: as that user, COUNT times one after the other, a line for each.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  unsigned user = (unsigned)atoi(argv[1]);
  if (user && (setgid(user) || setuid(user))) return 2;
  for (int count = atoi(argv[2]); count; count--) {
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    pid_t pid = vfork();
    if (pid == 0) {
      int null = open("/dev/null", O_RDWR | O_CLOEXEC);
      dup2(null, 0);
      dup2(null, 1);
      execvp(argv[3], argv + 3);
      _exit(127);
    }
    int status = 0;
    struct rusage used;
    if (pid < 0 || wait4(pid, &status, 0, &used) != pid) return 2;
    clock_gettime(CLOCK_MONOTONIC, &to);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      fprintf(stderr, "%s failed\n", argv[3]);
      return 1;
    }
    struct timeval *user = &used.ru_utime, *system = &used.ru_stime;
    printf("%lld %lld %ld\n", (to.tv_sec - from.tv_sec) * 1000000000LL + (to.tv_nsec - from.tv_nsec),
           (user->tv_sec + system->tv_sec) * 1000000LL + user->tv_usec + system->tv_usec, used.ru_maxrss);
  }
  return 0;
}
