/* P: what a program can do beyond what any program can. */
#include <grp.h>
#include <linux/securebits.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/uio.h>

static bool capabilities_in(const char *field) { return number_in("/proc/self/status", field, 16, ~0ULL) != 0; }

/* Whether the host knows this process by the user or group 0; maps do not tell, where user namespaces are nested. */
static bool root_outside(bool group) {
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/data/socket"};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    char told[64] = "";
    unsigned uid = 0, gid = 0;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) || read(fd, told, sizeof told - 1) < 3) return true;
    return sscanf(told, "%u %u", &uid, &gid) != 2 || (group ? gid : uid) == 0;
}

static bool becomes_other(void) { return syscall(SYS_setresuid, -1L, 1L, -1L) == 0 && geteuid() == 1; }

static bool gives_away(void) {
    return opens("/data/own", O_CREAT | O_WRONLY) && chown("/data/own", getuid() + 1, -1) == 0;
}

static bool reads_init(void) {
    char byte;
    struct iovec local = {&byte, 1}, remote = {(void *)0x400000, 1};
    return init_is_other() && process_vm_readv(1, &local, 1, &remote, 1, 0) == 1;
}

static bool takes_descriptor(void) {
    int init = syscall(SYS_pidfd_open, 1, 0);
    for (int fd = 0; fd < 10; fd++) {
        if (init_is_other() && syscall(SYS_pidfd_getfd, init, fd, 0) >= 0) return true;
    }
    return false;
}

static bool sets_clock(void) {
    struct timex now = {0};
    if (adjtimex(&now) < 0) return false;
    struct timex same = {.modes = ADJ_STATUS, .status = now.status};
    return adjtimex(&same) >= 0;
}

static bool sets_host_name(void) {
    char name[65];
    return gethostname(name, sizeof name) == 0 && sethostname(name, strlen(name)) == 0;
}

static bool raises_limit(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_max++;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static bool in_group_of_caller(void) {
    gid_t groups[64];
    int count = getgroups(64, groups);
    for (int index = 0; index < count; index++) {
        if (groups[index] != getgid()) return true;
    }
    return false;
}

static bool joins_namespace(void) {
    int fd = open("/proc/1/ns/mnt", O_RDONLY);
    return fd >= 0 && setns(fd, 0) == 0;
}

static bool lowers_protection(void) {
    return opens("/proc/self/mem", O_RDWR) && (prctl(PR_GET_SECUREBITS) & SECBIT_NO_SETUID_FIXUP_LOCKED) == 0;
}

#define PRIVILEGE(X) \
    X("A17", "uid 0 gets capabilities when it executes", (prctl(PR_GET_SECUREBITS) & SECBIT_NOROOT) == 0) \
    X("A17", "what uid 0 gets is not locked", lowers_protection()) \
    X("B04", "init can be traced", init_is_other() && ptrace(PTRACE_SEIZE, 1, NULL, NULL) == 0) \
    X("B04", "init's memory can be read", reads_init() || (init_is_other() && opens("/proc/1/mem", O_RDONLY))) \
    X("B04", "init's descriptors can be taken", takes_descriptor()) \
    X("B13", "groups of the caller are kept", in_group_of_caller()) \
    X("D01", "the inheritable set holds a capability", capabilities_in("CapInh:")) \
    X("D01", "the permitted set holds a capability", capabilities_in("CapPrm:")) \
    X("D01", "the effective set holds a capability", capabilities_in("CapEff:")) \
    X("D01", "the bounding set holds a capability", capabilities_in("CapBnd:")) \
    X("D01", "the ambient set holds a capability", capabilities_in("CapAmb:")) \
    X("D02", "set-user-ID files give privileges", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) \
    X("D03", "the program is root of the host", root_outside(false)) \
    X("D03", "the program is in root's group of the host", root_outside(true)) \
    X("D18", "a process of the host can be signalled", kill(host_process, 0) == 0) \
    X("D18", "the program can become another user", becomes_other()) \
    X("D18", "files can be given to others", gives_away()) \
    X("D19", "groups can be dropped", setgroups(0, NULL) == 0) \
    X("D21", "the host name can be set", sets_host_name()) \
    X("D22", "the clock can be set", sets_clock()) \
    X("F05", "limits can be raised", raises_limit()) \
    X("B14", "a namespace can be joined", joins_namespace())
