/*
 * enosys NUMBER... -- COMMAND ARGUMENT...
 *
 * Runs a command in a kernel that does not have the system calls with these numbers: a seccomp filter answers ENOSYS.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define MOST 64

int main(int argc, char **argv) {
    /* load the number; per call: if equal, answer; else allow */
    struct sock_filter filter[2 * MOST + 2] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    unsigned short length = 1;
    int at = 1;
    for (; at < argc && strcmp(argv[at], "--") != 0; at++) {
        if (at > MOST) return 2;
        filter[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, strtoul(argv[at], NULL, 10), 0, 1);
        filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
    }
    filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    if (at + 1 >= argc) {
        fprintf(stderr, "usage: enosys NUMBER... -- COMMAND ARGUMENT...\n");
        return 2;
    }
    struct sock_fprog program = {length, filter};
    /* Without no_new_privs where that is allowed: the kernel that is played would not set it either. */
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) &&
        (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))) {
        perror("enosys: seccomp");
        return 125;
    }
    execvp(argv[at + 1], argv + at + 1);
    perror(argv[at + 1]);
    return 127;
}
