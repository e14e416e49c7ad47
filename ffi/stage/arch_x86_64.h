/* What differs between architectures: the start of the process, the system call instruction and a few numbers. */
#ifndef REDPAK_ARCH_H
#define REDPAK_ARCH_H

#include <asm/unistd.h>

#define ARCH_ELF_MACHINE 62
#define ARCH_LARGEST_PAGE 4096

/*
 * The kernel starts a process with argc at the stack pointer; `stage_main` gets its address. Its own stack begins at the
 * next page: what each process writes is then one page, and the one with the arguments stays shared.
 */
#define ARCH_START \
    __asm__(".section .text._start, \"ax\"\n" \
            ".globl _start\n" \
            "_start:\n" \
            "    xor %ebp, %ebp\n" \
            "    mov %rsp, %rdi\n" \
            "    and $-4096, %rsp\n" \
            "    call stage_main\n" \
            "    ud2\n" \
            ".previous\n")

#define ARCH_CLOBBERS "rcx", "r11", "memory"

ALWAYS_INLINE int arch_call3(long number, long a, long b, long c) {
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : ARCH_CLOBBERS);
    return (int)result;
}

ALWAYS_INLINE int arch_call4(long number, long a, long b, long c, long d) {
    register long r10 __asm__("r10") = d;
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10) : ARCH_CLOBBERS);
    return (int)result;
}

ALWAYS_INLINE int arch_call5(long number, long a, long b, long c, long d, long e) {
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : ARCH_CLOBBERS);
    return (int)result;
}

ALWAYS_INLINE long arch_call6(long number, long a, long b, long c, long d, long e, long f) {
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : ARCH_CLOBBERS);
    return result;
}

#endif
