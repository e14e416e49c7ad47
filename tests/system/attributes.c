/*
 * attributes show                     prints what a process has from its caller, a line for each
 * attributes change COMMAND ARG...    changes all of it, then executes the command
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/keyctl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KEY "redpak_test_secret"
#define SESSION_KEYRING (-3L)
#define IDLE_CLASS (3 << 13)

static void show(void) {
    struct rlimit core;
    getrlimit(RLIMIT_CORE, &core);
    printf("personality %#x\n", personality(0xffffffff));
    printf("policy %d\n", sched_getscheduler(0));
    printf("nice %d\n", getpriority(PRIO_PROCESS, 0));
    printf("ioprio %ld\n", syscall(SYS_ioprio_get, 1, 0) >> 13);
    printf("timer slack %d\n", prctl(PR_GET_TIMERSLACK));
    printf("umask %o\n", umask(0));
    printf("core %lu %lu\n", core.rlim_cur, core.rlim_max);
    printf("securebits %#x\n", prctl(PR_GET_SECUREBITS));
    sigset_t mask;
    sigprocmask(SIG_SETMASK, NULL, &mask);
    int blocked = 0, ignored = 0;
    for (int number = 1; number < 65; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) == 0) ignored += action.sa_handler == SIG_IGN;
        blocked += sigismember(&mask, number) == 1;
    }
    printf("signals %d %d\n", blocked, ignored);
    long key = syscall(SYS_keyctl, KEYCTL_SEARCH, SESSION_KEYRING, "user", KEY, 0L);
    printf("key %s\n", key < 0 ? strerrorname_np(errno) : "found");
}

static int change(void) {
    struct rlimit core = {RLIM_INFINITY, RLIM_INFINITY};
    struct sched_param none = {0};
    sigset_t all;
    sigfillset(&all);
    umask(0);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    return personality(ADDR_NO_RANDOMIZE) < 0 || sched_setscheduler(0, SCHED_IDLE, &none) ||
           setpriority(PRIO_PROCESS, 0, 19) || syscall(SYS_ioprio_set, 1, 0, IDLE_CLASS) ||
           prctl(PR_SET_TIMERSLACK, 1000000000L) || setrlimit(RLIMIT_CORE, &core) ||
           sigprocmask(SIG_SETMASK, &all, NULL) || syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 ||
           syscall(SYS_add_key, "user", KEY, "x", 1L, SESSION_KEYRING) < 0;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "show") == 0) return show(), 0;
    if (argc < 3 || change()) return perror("attributes"), 1;
    execvp(argv[2], argv + 2);
    return 127;
}
