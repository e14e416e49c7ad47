/*
 * seccomp_probe
 *     tries what a filter of system calls is about, each in a process of its own, and prints a line for each:
 *     its name, and 0, the errno that it got or the signal that ended it
 *
 * Whatever is tried is harmless where it is allowed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void *nothing(void *argument) { return argument; }

static long threads(void) {
    for (int count = 0; count < 100; count++) {
        pthread_t thread;
        int error = pthread_create(&thread, NULL, nothing, NULL);
        if (error) return errno = error, -1;
        pthread_join(thread, NULL);
    }
    return 0;
}

/* Whether none of the numbers that no table has is there. */
static long unknown_numbers(void) {
    for (long number = 463; number <= 600; number++) {
        if (syscall(number, -1L, 0L, 0L, 0L, 0L, 0L) != -1 || errno != ENOSYS) return errno = EEXIST, -1;
    }
    return errno = ENOSYS, -1;
}

static long i386_getpid(void) {
#ifdef __x86_64__
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
    return result;
#else
    return 0;
#endif
}

static long protect(int protection) {
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return mprotect(page, 4096, protection);
}

static long map(int protection) {
    return mmap(NULL, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

#define PROBES(X) \
    X("threads", threads()) \
    X("unshare-user", unshare(CLONE_NEWUSER)) \
    X("unshare-mount", unshare(CLONE_NEWNS)) \
    X("unshare-files", unshare(CLONE_FILES)) \
    X("clone-user", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0L, 0L, 0L, 0L)) \
    X("clone3", syscall(SYS_clone3, NULL, 0L)) \
    X("setns", setns(-1, 0)) \
    X("mount", syscall(SYS_mount, "none", "/tmp", "tmpfs", 0L, NULL)) \
    X("fsopen", syscall(SYS_fsopen, "tmpfs", 0L)) \
    X("mount_setattr", syscall(SYS_mount_setattr, -1L, "", 0L, NULL, 0L)) \
    X("bpf", syscall(SYS_bpf, -1L, NULL, 0L)) \
    X("keyctl", syscall(SYS_keyctl, 0L, -3L, 1L)) \
    X("add_key", syscall(SYS_add_key, "user", "probe", "x", 1L, -3L)) \
    X("io_uring", syscall(SYS_io_uring_setup, 0L, NULL)) \
    X("userfaultfd", syscall(SYS_userfaultfd, 1L)) \
    X("perf", syscall(SYS_perf_event_open, NULL, 0L, -1L, -1L, 0L)) \
    X("open_by_handle_at", syscall(SYS_open_by_handle_at, -1L, NULL, 0L)) \
    X("ptrace", ptrace(PTRACE_TRACEME, 0, NULL, NULL)) \
    X("process_vm_readv", syscall(SYS_process_vm_readv, (long)getpid(), NULL, 0L, NULL, 0L, 0L)) \
    X("pidfd_getfd", syscall(SYS_pidfd_getfd, -1L, 0L, 0L)) \
    X("kexec", syscall(SYS_kexec_load, 0L, 17L, NULL, 0L)) \
    X("module", syscall(SYS_finit_module, -1L, "", 0L)) \
    X("reboot", syscall(SYS_reboot, 0L, 0L, 0L, NULL)) \
    X("swapoff", syscall(SYS_swapoff, "/probe")) \
    X("quotactl", syscall(SYS_quotactl, -1L, NULL, 0L, NULL)) \
    X("acct", syscall(SYS_acct, "/no/such/file")) \
    X("syslog", syscall(SYS_syslog, 10L, NULL, 0L)) \
    X("clock_settime", syscall(SYS_clock_settime, -1L, NULL)) \
    X("adjtimex", syscall(SYS_adjtimex, NULL)) \
    X("personality-query", syscall(SYS_personality, 0xffffffffL)) \
    X("personality-linux", syscall(SYS_personality, 0L)) \
    X("personality", syscall(SYS_personality, 0x0040000L)) \
    X("tiocsti", ioctl(0, TIOCSTI, "x")) \
    X("tiocsti-64", syscall(SYS_ioctl, 0L, 0x100000000L | TIOCSTI, "x")) \
    X("tioclinux", ioctl(0, TIOCLINUX, "x")) \
    X("tiocgwinsz", ioctl(0, TIOCGWINSZ, NULL)) \
    X("unix", socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) \
    X("inet", socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) \
    X("inet6", socket(AF_INET6, SOCK_DGRAM, 0)) \
    X("netlink-route", socket(AF_NETLINK, SOCK_RAW, 0)) \
    X("netlink-xfrm", socket(AF_NETLINK, SOCK_RAW, 6)) \
    X("netlink-netfilter", socket(AF_NETLINK, SOCK_RAW, 12)) \
    X("inet-raw", socket(AF_INET, SOCK_RAW, 1)) \
    X("packet", socket(AF_PACKET, SOCK_RAW, 0)) \
    X("vsock", socket(AF_VSOCK, SOCK_STREAM, 0)) \
    X("alg", socket(AF_ALG, SOCK_SEQPACKET, 0)) \
    X("mknod-fifo", mknod("/tmp/fifo", S_IFIFO | 0600, 0)) \
    X("mknod-device", mknod("/tmp/device", S_IFCHR | 0600, 0)) \
    X("memfd", memfd_create("probe", 0)) \
    X("memfd-noexec", memfd_create("probe", 8)) \
    X("map-write-exec", map(PROT_READ | PROT_WRITE | PROT_EXEC)) \
    X("protect-exec", protect(PROT_READ | PROT_EXEC)) \
    X("unknown", unknown_numbers()) \
    X("i386", i386_getpid()) \
    X("x32", syscall(0x40000000L | 39))

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
#define TRY(name, attempt) \
    if (fork() == 0) _exit((attempt) < 0 ? errno : 0); \
    else { \
        int status; \
        wait(&status); \
        if (WIFSIGNALED(status)) printf("%s %s\n", name, sigabbrev_np(WTERMSIG(status))); \
        else printf("%s %s\n", name, WEXITSTATUS(status) ? strerrorname_np(WEXITSTATUS(status)) : "ok"); \
    }
    PROBES(TRY)
    return 0;
}
