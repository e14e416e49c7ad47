/* D: what keeps others from what they need. */
static bool unlimited(const char *path, unsigned long long bytes) {
    struct statvfs system;
    if (statvfs(path, &system) || system.f_flag & ST_RDONLY || access(path, W_OK)) return false;
    return system.f_blocks == 0 || system.f_blocks * system.f_frsize > bytes;
}

#define PROCESSES 700 /* more than a node without limits of its own may have */

static bool forks_many(void) {
    int count = 0, ends[2];
    if (pipe(ends)) return false;
    for (; count < PROCESSES; count++) {
        pid_t child = fork();
        if (child < 0) break;
        if (child == 0) {
            char end;
            close(ends[1]);
            _exit(read(ends[0], &end, 1) != 0);
        }
    }
    close(ends[1]);
    while (wait(NULL) > 0) {}
    return count == PROCESSES;
}

#define MEMORY (1024UL << 20)

static bool takes_memory(void) {
    pid_t child = fork();
    if (child == 0) {
        char *memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        _exit(memory != MAP_FAILED);
    }
    int status;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

static bool opens_terminals(void) {
    for (int count = 0; count < 64; count++) {
        if (!opens("/dev/ptmx", O_RDWR)) return false;
    }
    return true;
}

static bool schedules(int policy) {
    struct sched_param parameters = {.sched_priority = 1};
    return sched_setscheduler(0, policy, &parameters) == 0;
}

static bool has_deadline(void) {
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } attributes = {48, SCHED_DEADLINE, 0, 0, 0, 1000000, 10000000, 10000000};
    return syscall(SYS_sched_setattr, 0, &attributes, 0) == 0;
}

static bool limit_above(int resource, rlim_t most) {
    struct rlimit limit;
    return getrlimit(resource, &limit) == 0 && limit.rlim_max > most;
}

static bool protects_itself(void) {
    int fd = open("/proc/self/oom_score_adj", O_WRONLY);
    return fd >= 0 && write(fd, "-1000", 5) == 5;
}

#define RESOURCES(X) \
    X("B19", "memory is dumped where the host says", limit_above(RLIMIT_CORE, 0)) \
    X("F01", "there is no end of processes", forks_many()) \
    X("F02", "there is no end of memory", takes_memory()) \
    X("F03", "/tmp is as large as the host's memory allows", unlimited("/tmp", MEMORY)) \
    X("F03", "/dev is as large as the host's memory allows", unlimited("/dev", MEMORY)) \
    X("F03", "/dev/shm is as large as the host's memory allows", unlimited("/dev/shm", MEMORY)) \
    X("F03", "the root directory is as large as the host's memory allows", unlimited("/", MEMORY)) \
    X("F05", "priority rises", setpriority(PRIO_PROCESS, 0, -5) == 0) \
    X("F05", "real-time scheduling", schedules(SCHED_FIFO) || schedules(SCHED_RR)) \
    X("F05", "deadline scheduling", has_deadline()) \
    X("F06", "the program is never killed for memory", protects_itself()) \
    X("F07", "no end of open files", limit_above(RLIMIT_NOFILE, 1 << 20)) \
    X("F08", "control groups can be made", mkdir("/sys/fs/cgroup/probe", 0700) == 0 || mkdir("/sys/fs/cgroup/unified/probe", 0700) == 0) \
    X("F11", "memory for message queues without end", limit_above(RLIMIT_MSGQUEUE, 16 << 20)) \
    X("F11", "locked memory without end", limit_above(RLIMIT_MEMLOCK, 64 << 20)) \
    X("F12", "terminals without end", opens_terminals())
