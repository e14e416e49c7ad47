/* D: what keeps others from what they need. */
static struct sysinfo machine(void) {
    struct sysinfo info;
    if (sysinfo(&info)) exit(2);
    info.totalram *= info.mem_unit;
    info.freeram *= info.mem_unit;
    return info;
}

/* Half of the machine's memory is what the kernel lets a tmpfs have. */
static bool unlimited(const char *path) {
    struct statvfs system;
    if (statvfs(path, &system) || system.f_flag & ST_RDONLY || access(path, W_OK)) return false;
    return system.f_blocks == 0 || system.f_blocks * system.f_frsize > machine().totalram / 4;
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

/* Those that share what is taken: a limit of each process is none of the node. */
#define TAKERS 16

/* Takes a part and keeps it until the other end of `hold` is closed. */
static void take_part(size_t size, const int hold[2], const int ready[2]) {
    char end = 0;
    close(hold[1]);
    /* Where nothing stops it, the kernel should rather choose this one than a process of somebody else. */
    int score = open("/proc/self/oom_score_adj", O_WRONLY);
    if (score >= 0 && write(score, "1000", 4) < 0) _exit(1);
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) _exit(1);
    for (size_t at = 0; at < size; at += 4096) memory[at] = 1;
    if (write(ready[1], &end, 1) != 1) _exit(1);
    _exit(read(hold[0], &end, 1) != 0);
}

/*
 * Whether three quarters of the machine's memory can be had, as far as that is harmless: up to `most`, and as long as an
 * eighth stays free. Who is limited may not live to say so.
 */
static bool takes_memory(unsigned long long most) {
    struct sysinfo info = machine();
    unsigned long long wanted = info.totalram / 4 * 3;
    size_t part = (size_t)((wanted < most ? wanted : most) / TAKERS);
    int hold[2], ready[2];
    char end;
    if (pipe(hold) || pipe(ready)) exit(2);
    bool is_stopped = false;
    for (int count = 0; count < TAKERS && !is_stopped; count++) {
        if (machine().freeram < part + info.totalram / 8) break;
        pid_t child = fork();
        if (child == 0) take_part(part, hold, ready);
        /* Either it is ready, or one of them has been stopped. */
        struct pollfd answer = {.fd = ready[0], .events = POLLIN};
        while (child > 0 && poll(&answer, 1, 10) == 0 && waitpid(-1, NULL, WNOHANG) == 0) {}
        is_stopped = child < 0 || !(answer.revents & POLLIN) || read(ready[0], &end, 1) != 1;
    }
    close(hold[1]);
    while (wait(NULL) > 0) {}
    return !is_stopped;
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
    X("F03", "/tmp is as large as the host's memory allows", unlimited("/tmp")) \
    X("F03", "/dev is as large as the host's memory allows", unlimited("/dev")) \
    X("F03", "/dev/shm is as large as the host's memory allows", unlimited("/dev/shm")) \
    X("F03", "the root directory is as large as the host's memory allows", unlimited("/")) \
    X("F05", "priority rises", setpriority(PRIO_PROCESS, 0, -5) == 0) \
    X("F05", "real-time scheduling", schedules(SCHED_FIFO) || schedules(SCHED_RR)) \
    X("F05", "deadline scheduling", has_deadline()) \
    X("F06", "the program is never killed for memory", protects_itself()) \
    X("F07", "no end of open files", limit_above(RLIMIT_NOFILE, 1 << 20)) \
    X("F08", "control groups can be made", mkdir("/sys/fs/cgroup/probe", 0700) == 0 || mkdir("/sys/fs/cgroup/unified/probe", 0700) == 0) \
    X("F11", "memory for message queues without end", limit_above(RLIMIT_MSGQUEUE, 16 << 20)) \
    X("F11", "locked memory without end", limit_above(RLIMIT_MEMLOCK, 64 << 20)) \
    X("F12", "terminals without end", opens_terminals())
