/*
 * The kernel's interface: constants and structures from the kernel's own headers, system calls by name. Every call
 * returns what the kernel returns: a negative errno on failure.
 */
#ifndef REDPAK_SYSCALL_H
#define REDPAK_SYSCALL_H

/* Also where a function of its own would be smaller: it would be one of those that do not stay in memory. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__)
#include "arch_x86_64.h"
#elif defined(__aarch64__)
#include "arch_aarch64.h"
#else
#error "no arch_*.h for this architecture"
#endif

#include <asm-generic/errno.h>
#include <asm-generic/fcntl.h>
#include <asm-generic/poll.h>
#include <asm-generic/socket.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/signalfd.h>
#include <linux/stat.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* CALL(name, arguments…): passing only the arguments that there are makes the stage smaller. */
#define CALL(...) CALL_KIND(__VA_ARGS__, 6, 5, 4, 3, 3, 3, 3)(__VA_ARGS__, 0, 0, 0)
#define CALL_KIND(name, a, b, c, d, e, f, kind, ...) CALL_##kind
#define CALL_3(name, a, b, c, ...) arch_call3(__NR_##name, (long)(a), (long)(b), (long)(c))
#define CALL_4(name, a, b, c, d, ...) arch_call4(__NR_##name, (long)(a), (long)(b), (long)(c), (long)(d))
#define CALL_5(name, a, b, c, d, e, ...) \
    arch_call5(__NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))
#define CALL_6(name, a, b, c, d, e, f, ...) \
    arch_call6(__NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

/* What the kernel's headers for user space leave to the C library. */
#define AF_UNIX 1
#define SOCK_SEQPACKET 5
#define SOCK_CLOEXEC O_CLOEXEC
#define MSG_DONTWAIT 0x40
#define SI_KERNEL 0x80
#define SFD_CLOEXEC O_CLOEXEC
#define SFD_NONBLOCK O_NONBLOCK
#define WNOHANG 1
#define WALL 0x40000000
#define PROT_READ 1
#define PROT_WRITE 2
#define MAP_PRIVATE 2
#define MAP_ANONYMOUS 0x20
#define MNT_DETACH 2

enum signal_number {
    SIGHUP = 1, SIGINT = 2, SIGQUIT = 3, SIGKILL = 9, SIGUSR1 = 10, SIGUSR2 = 12, SIGALRM = 14, SIGTERM = 15,
    SIGCHLD = 17, SIGCONT = 18, SIGSTOP = 19, SIGTSTP = 20, SIGTTIN = 21, SIGTTOU = 22, SIGWINCH = 28, SIGNALS = 64,
};
#define SIGNAL_BIT(n) (1ull << ((n)-1))
typedef uint64_t signal_set;

ALWAYS_INLINE bool wait_exited(int status) { return (status & 0x7f) == 0; }
ALWAYS_INLINE int wait_signal(int status) { return status & 0x7f; }
ALWAYS_INLINE int wait_code(int status) { return wait_exited(status) ? (status >> 8) & 0xff : 128 + wait_signal(status); }

/*
 * Of the functions that run while the program does; the others, and the plan, are given back then. They lie together at the
 * beginning of the stage, so that they take one page.
 */
#define RESIDENT __attribute__((section(".text.resident"), noinline))

/* The calls that are made most often, in calls.c: a function call is smaller than a system call. */
_Noreturn void leave(int code);
void close_descriptor(int fd);
int open_at(int directory, const char *path, int flags);
int control_process(int option, long a, long b); /* prctl(2) */
/* Reads a whole file, and ends it with NUL; -E2BIG when there is no room for all of it. */
int read_file(int directory, const char *name, char *text, size_t size);
/* To a file of the kernel's, in a single write. */
int write_file(int directory, const char *name, const char *text, size_t size);
/* Sends a message, or drops it when the other end does not read: waiting for it could last forever. */
int send_message(int socket, const void *data, size_t size);

#endif
