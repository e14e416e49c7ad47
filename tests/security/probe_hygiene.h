/* H: what a program has from its launcher's caller, and what it is to its launcher. */

static bool signals_blocked(void) {
    sigset_t mask;
    sigprocmask(SIG_SETMASK, NULL, &mask);
    return sigismember(&mask, SIGTERM) || sigismember(&mask, SIGUSR1);
}

#define HYGIENE(X) \
    X("B15", "a standard descriptor is closed", fcntl(0, F_GETFD) < 0 || fcntl(1, F_GETFD) < 0 || fcntl(2, F_GETFD) < 0) \
    X("B16", "the caller's umask", (umask(0) & 022) != 022) \
    X("B16", "the caller's ignored signals", ignored_pipe || signal(SIGHUP, SIG_DFL) == SIG_IGN) \
    X("B16", "the caller's blocked signals", signals_blocked()) \
    X("B16", "the caller's priority", getpriority(PRIO_PROCESS, 0) != 0 || sched_getscheduler(0) != SCHED_OTHER) \
    X("B16", "the caller's personality", personality(0xffffffff) != 0) \
    X("B16", "the caller's timer slack", prctl(PR_GET_TIMERSLACK) > 50000) \
    X("E03", "the process group of the caller", getpgid(0) == 0 || getsid(0) == 0) \
    X("E06", "the program is process 1", !init_is_other())
