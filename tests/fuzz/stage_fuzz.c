/*
 * The stage as a plain program that reads any plan: system calls are answered from the input, so that all that it decodes is
 * decoded, in each of its three processes, with whatever a kernel could say. What is wrong is found by the sanitizers.
 *
 * An input is the number of answers (two bytes, the low one first), the answers, and the plan, whose size and checksum are set
 * right, or it would be refused as a whole; with 0x8000 added to the number it stays as it is. An answer of 0, and each behind the
 * last, is success; up to 133 an errno; what else there is makes success another one: a parent instead of a child, a link
 * instead of a directory, a short text.
 *
 * With -fsanitize=fuzzer LLVM's libFuzzer calls it; otherwise files are tried, as they are and damaged.
 */
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#undef memcpy
#undef memset
#undef memcmp
#include <string.h>

#include <linux/elf.h>
#include <linux/fcntl.h>
#include <linux/poll.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/stat.h>

/* Those of ffi/stage that are used here; its headers and the C library's know many things by the same names. */
struct image_header {
    Elf64_Ehdr file;
    Elf64_Phdr code;
    Elf64_Phdr plan;
    Elf64_Phdr stack;
};
struct image_header header __asm__("image_header");
_Noreturn void stage_main(const long *stack);
void give_back_setup(void);

#define MOST_CALLS 4000
#define LARGEST_ERRNO 133

static const uint8_t *answers;
static size_t answers_left;
static unsigned calls;
static jmp_buf end;
static void *memory[16];
static unsigned memory_count;
static long securebits;
static bool executed; /* the launch has come to its program */

void give_back_setup(void) {}

static uint8_t next_answer(void) {
    if (!answers_left) return 0;
    answers_left--;
    return *answers++;
}

/* What a file of the kernel's could hold. */
static const char *const texts[] = {
    "", "0", "0::/a\n", "12 (a) b) R 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22", "/some/where",
    "../../usr/lib/sysimage/rpm", "/", "low 0\noom_kill 3\n", "1000 2000 3000 ", "pos:\t0\nflags:\t02\nmnt_id:\t15\n",
};

static long text(void *target, size_t size, uint8_t answer) {
    const char *chosen = texts[answer % (sizeof texts / sizeof *texts)];
    size_t length = strlen(chosen);
    if (length > size) length = size;
    memcpy(target, chosen, length);
    return (long)length;
}

/* What has been opened, by its path, so that a whole launch succeeds where no answer says otherwise. */
#define FIRST 20
#define DESCRIPTORS 64
enum kind { DIRECTORY, FILE_, DEVICE, PROCESSES };
static uint8_t kinds[DESCRIPTORS];
static int opened;

static long open_path(const char *path) {
    enum kind kind = DIRECTORY;
    if (strstr(path, "proc")) kind = PROCESSES;
    else if (strstr(path, "etc/")) kind = FILE_;
    else if (strstr(path, "null") || strstr(path, "zero") || strstr(path, "full") || strstr(path, "random") || strstr(path, "tty")) kind = DEVICE;
    kinds[++opened % DESCRIPTORS] = (uint8_t)kind;
    return FIRST + opened % DESCRIPTORS;
}

static enum kind kind_of(long fd) {
    return fd < FIRST ? DEVICE : kinds[(fd - FIRST) % DESCRIPTORS];
}

static long status(struct statx *target, enum kind kind, uint8_t answer) {
    static const uint16_t modes[] = {0040700, 0100644, 0020666, 0040755, 0120777, 0060600, 0140777};
    memset(target, 0, sizeof *target);
    target->stx_mode = modes[answer ? answer % (sizeof modes / sizeof *modes) : kind];
    target->stx_ino = target->stx_rdev_major = answer & 3;
    return 0;
}

/* Version 2 of the tree of control groups, a procfs, a pipe, read-only. */
static long file_system(uint64_t target[15], enum kind kind, uint8_t answer) {
    static const uint64_t types[] = {0x63677270, 0x50495045, 0xef53, 0x9fa0};
    memset(target, 0, 15 * sizeof *target);
    target[0] = types[answer ? answer % 4 : kind];
    target[10] = answer & 1;
    return 0;
}

struct poll_entry { int fd; short events, revents; };

long answer_call(long number, long a, long b, long c, long d, long e, long f) {
    uint8_t answer = next_answer();
    (void)d, (void)e, (void)f;
    if (++calls > MOST_CALLS) longjmp(end, 1);
    switch (number) {
    case __NR_exit_group: longjmp(end, 1);
    case __NR_mmap: {
        if (memory_count == sizeof memory / sizeof *memory) return -12;
        void *block = calloc(1, (size_t)b);
        memory[memory_count++] = block;
        return (long)block;
    }
    }
    if (answer && answer <= LARGEST_ERRNO) return -answer;
    switch (number) {
    case __NR_openat: case __NR_openat2: return open_path((const char *)b);
    case __NR_open_tree: return *(const char *)b ? open_path((const char *)b) : a;
    case __NR_socket: case __NR_signalfd4: case __NR_bpf: return open_path("");
    case __NR_landlock_create_ruleset: return a ? open_path("") : 6; /* its version */
    case __NR_clone: case __NR_clone3: return answer || a == CLONE_NEWUSER ? 7 : 0; /* that child only holds a namespace */
    case __NR_read: case __NR_pread64:
        if ((size_t)c <= 2) return memset((void *)b, 0, (size_t)c), c; /* the supervisor's word to go on */
        return text((void *)b, (size_t)c, answer);
    case __NR_recvfrom: case __NR_recvmsg: return 0;
    case __NR_readlinkat: return text((void *)c, (size_t)d, answer);
    case __NR_getcwd: {
        long length = text((void *)a, (size_t)b - 1, 4);
        ((char *)a)[length] = 0;
        return length + 1;
    }
    case __NR_statx:
        if (!answer && a == AT_FDCWD) return -2; /* a sign that is not there, rather than one that is waited for */
        return status((struct statx *)e, a < 0 ? FILE_ : kind_of(a), answer);
    case __NR_fstatfs: return file_system((uint64_t *)b, kind_of(a), answer);
    case __NR_write: case __NR_sendto: return c;
    case __NR_socketpair: ((int *)d)[0] = 9, ((int *)d)[1] = 10; return 0;
    case __NR_uname: memset((void *)a, 0, 390); strcpy((char *)a + 130, "6.12.3-arch"); return 0;
    case __NR_sysinfo: memset((void *)a, 1, 112); return 0;
    case __NR_capget: memset((void *)b, answer, 24); return 0;
    case __NR_prlimit64: if (d) memset((void *)d, 0xff, 16); return 0;
    case __NR_wait4: if (b) *(int *)b = answer << 8; return answer ? 7 : -10;
    case __NR_ppoll:
        if (!answer && b == 1) return 0; /* nothing has happened */
        for (long i = 0; i < b; i++) ((struct poll_entry *)a)[i].revents = answer & 1 ? POLLIN : POLLHUP;
        return b;
    case __NR_execve: executed = true; return -2;
    case __NR_fcntl: return answer & 3;
    case __NR_getpid: return 1;
    case __NR_getppid: return 1;
    case __NR_prctl:
        if (answer) return 1;
        if (a == PR_SET_SECUREBITS) securebits = b;
        return a == PR_GET_SECUREBITS ? securebits : a == PR_GET_SECCOMP ? 2 : 0;
    default: return 0;
    }
}

/* Offsets in the header of a plan: src/plan/binary_format.ts. */
#define SIZE_OFFSET 12
#define CHECKSUM_OFFSET 20

static void put(uint8_t *at, uint32_t number) {
    for (int i = 0; i < 4; i++) at[i] = (uint8_t)(number >> 8 * i);
}

static void set_right(uint8_t *plan, size_t size) {
    if (size < CHECKSUM_OFFSET + 4) return;
    put(plan + SIZE_OFFSET, (uint32_t)size);
    put(plan + CHECKSUM_OFFSET, 0);
    uint32_t sum = 0;
    for (size_t i = 0; i + 4 <= size; i += 4) {
        uint32_t word = plan[i] | (uint32_t)plan[i + 1] << 8 | (uint32_t)plan[i + 2] << 16 | (uint32_t)plan[i + 3] << 24;
        sum = ((sum << 5 | sum >> 27) ^ word) * 0x01000193;
    }
    put(plan + CHECKSUM_OFFSET, sum);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size) {
    if (size < 2) return 0;
    size_t count = (input[0] | (size_t)input[1] << 8) & 0x7fff;
    bool stays = input[1] & 0x80;
    if (count > size - 2) return 0;
    answers = input + 2;
    answers_left = count;
    size_t plan_size = size - 2 - count;
    if (!stays) plan_size &= ~(size_t)3;
    uint8_t *plan = malloc(plan_size ? plan_size : 1); /* what is read behind it is noticed */
    memcpy(plan, input + 2 + count, plan_size);
    if (!stays) set_right(plan, plan_size);
    header.plan.p_vaddr = (Elf64_Addr)plan;
    header.plan.p_filesz = plan_size;

    char name[] = "launcher", argument[] = "--argument", path[] = "PATH=/usr/bin::/bin", home[] = "HOME=/root";
    const long stack[] = {2, (long)name, (long)argument, 0, (long)path, (long)home, 0};
    calls = memory_count = 0;
    executed = false;
    if (!setjmp(end)) stage_main(stack);
    while (memory_count) free(memory[--memory_count]);
    free(plan);
    return 0;
}

#ifndef LIBFUZZER
static uint8_t input[1 << 20];
static size_t read_input(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) { perror(path); exit(2); }
    size_t size = fread(input, 1, sizeof input, file);
    fclose(file);
    return size;
}

/* A copy that ends where it ends: what is read behind it is noticed. */
static uint8_t *copy_input(size_t size) {
    uint8_t *copy = malloc(size ? size : 1);
    memcpy(copy, input, size);
    return copy;
}

static bool try_file(const char *path) {
    size_t size = read_input(path);
    uint8_t *copy = copy_input(size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
    return executed;
}

/* xorshift: the same inputs each time. */
static uint64_t random_state = 88172645463325252ull;
static uint64_t next_random(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    return random_state ^= random_state << 17;
}

static void try_damaged(const char *path, unsigned times) {
    size_t size = read_input(path);
    while (times--) {
        uint8_t *copy = copy_input(size);
        for (uint64_t changes = 1 + next_random() % 4; changes && size; changes--) {
            uint8_t *at = copy + next_random() % size;
            *at = next_random() & 1 ? (uint8_t)next_random() : *at ^ (uint8_t)(1 << next_random() % 8);
        }
        LLVMFuzzerTestOneInput(copy, next_random() % 8 ? size : next_random() % (size + 1));
        free(copy);
    }
}

/* stage_fuzz TIMES FILE…: each as it is, and so many times damaged. */
int main(int argc, char **argv) {
    if (argc < 3) return 2;
    int whole = 0;
    for (int i = 2; i < argc; i++) {
        whole += try_file(argv[i]);
        try_damaged(argv[i], (unsigned)atoi(argv[1]));
    }
    printf("%d inputs, %d of the undamaged come to their program\n", (argc - 2) * (1 + atoi(argv[1])), whole);
    return 0;
}
#endif
