/* S: parts of the kernel that programs do not need. */
#include <linux/netlink.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/personality.h>

static bool has_socket(int family, int type, int protocol) { return socket(family, type, protocol) >= 0; }

static bool clones_user_namespace(void) {
    long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0L, 0L, 0L, 0L);
    if (child == 0) _exit(0);
    return child > 0;
}

static bool clone3_user_namespace(void) {
    struct clone_args arguments = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
    long child = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (child == 0) _exit(0);
    return child > 0;
}

static bool has_number_from(long first) {
    for (long number = first; number <= first + 150; number++) {
        if (syscall(number, -1L, 0L, 0L, 0L, 0L, 0L) != -1 || errno != ENOSYS) return true;
    }
    return false;
}

static bool has_i386(void) {
#ifdef __x86_64__
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
    return result > 0;
#else
    return false;
#endif
}

static bool has_x32(void) {
#ifdef __x86_64__
    return syscall(0x40000000L | 39) > 0;
#else
    return false;
#endif
}

/* Whether a copy of this program runs, once it is written to `to`. */
static bool runs_copy(int to, const char *path) {
    char buffer[65536];
    int from = open("/proc/self/exe", O_RDONLY);
    for (ssize_t length; to >= 0 && (length = read(from, buffer, sizeof buffer)) > 0;) {
        if (write(to, buffer, length) != length) return false;
    }
    if (path) close(to);
    pid_t child = fork();
    if (child == 0) {
        char *arguments[] = {"probe", "nothing", NULL};
        if (path) execv(path, arguments);
        else fexecve(to, arguments, environ);
        _exit(9);
    }
    int status;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool runs_written(const char *path) { return runs_copy(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700), path); }

static bool maps_writable_code(void) {
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

#define SURFACE(X) \
    X("B20", "what is written in memory can be executed", runs_copy(memfd_create("copy", 0), NULL)) \
    X("B20", "what is written to /tmp can be executed", runs_written("/tmp/copy")) \
    X("B20", "what is written to /dev/shm can be executed", runs_written("/dev/shm/copy")) \
    X("B20", "memory can be writable and executable", maps_writable_code()) \
    X("D04", "a user namespace can be made", unshare(CLONE_NEWUSER) == 0) \
    X("D04", "a process in a new user namespace can be made", clones_user_namespace()) \
    X("D05", "clone3 makes a user namespace", clone3_user_namespace()) \
    X("D06", "mounts of the new interface", reached(syscall(SYS_fsopen, "tmpfs", 0L)) || \
        reached(syscall(SYS_open_tree, -100, "/usr", 1L)) || reached(syscall(SYS_mount_setattr, -1L, "", 0L, NULL, 0L))) \
    X("D06", "system calls newer than the filter", has_number_from(463)) \
    X("D07", "system calls of i386", has_i386()) \
    X("D07", "system calls of x32", has_x32()) \
    X("D08", "TIOCSTI with bits that the kernel drops", reached(syscall(SYS_ioctl, 0L, 0x100000000L | TIOCSTI, "x"))) \
    X("D09", "AF_ALG", has_socket(AF_ALG, SOCK_SEQPACKET, 0)) \
    X("D09", "netlink to XFRM", has_socket(AF_NETLINK, SOCK_RAW, NETLINK_XFRM)) \
    X("D09", "netlink to netfilter", has_socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER)) \
    X("D09", "netlink of device events", has_socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT)) \
    X("D09", "AF_RXRPC", has_socket(AF_RXRPC, SOCK_DGRAM, AF_INET)) \
    X("D09", "AF_KEY", has_socket(AF_KEY, SOCK_RAW, 2)) \
    X("D09", "AF_PACKET", has_socket(AF_PACKET, SOCK_RAW, 0)) \
    X("D09", "raw sockets", has_socket(AF_INET, SOCK_RAW, 1)) \
    X("D10", "AF_VSOCK", has_socket(AF_VSOCK, SOCK_STREAM, 0)) \
    X("D11", "io_uring", reached(syscall(SYS_io_uring_setup, 0L, NULL))) \
    X("D12", "bpf", reached(syscall(SYS_bpf, -1L, NULL, 0L))) \
    X("D12", "perf_event_open", reached(syscall(SYS_perf_event_open, NULL, 0L, -1L, -1L, 0L))) \
    X("D12", "userfaultfd", reached(syscall(SYS_userfaultfd, 1L))) \
    X("D12", "keyrings", reached(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 1L))) \
    X("D12", "add_key", reached(syscall(SYS_add_key, "user", "probe", "x", 1L, KEY_SPEC_PROCESS_KEYRING))) \
    X("D12", "ptrace", reached(ptrace(PTRACE_TRACEME, 0, NULL, NULL))) \
    X("D13", "kexec", reached(syscall(SYS_kexec_load, 0L, 17L, NULL, 0L))) \
    X("D13", "modules", reached(syscall(SYS_finit_module, -1L, "", 0L))) \
    X("D13", "reboot", reached(syscall(SYS_reboot, 0L, 0L, 0L, NULL))) \
    X("D13", "swapoff", reached(syscall(SYS_swapoff, "/probe"))) \
    X("D13", "acct", reached(syscall(SYS_acct, "/no/such/file"))) \
    X("D13", "quotactl", reached(syscall(SYS_quotactl, -1L, NULL, 0L, NULL))) \
    X("D15", "a thread without a filter", number_in("/proc/self/status", "Seccomp:", 10, 0) != 2) \
    X("D23", "addresses that are not random", personality(ADDR_NO_RANDOMIZE) >= 0) \
    X("D23", "data that is executable", personality(READ_IMPLIES_EXEC) >= 0) \
    X("E01", "TIOCSTI", reached(ioctl(0, TIOCSTI, "x"))) \
    X("E02", "TIOCLINUX", reached(ioctl(0, TIOCLINUX, "x")))
