/* What differs between architectures: the start of the process, the system call instruction and a few numbers. */
#ifndef REDPAK_ARCH_H
#define REDPAK_ARCH_H

/* The generic table is aarch64's, with these parts of it; these flags of open(2) are its own (arch/arm64/include/uapi/asm/fcntl.h). */
#define __ARCH_WANT_RENAMEAT
#define __ARCH_WANT_NEW_STAT
#define __ARCH_WANT_SYS_CLONE3
#include <asm-generic/unistd.h>
#define O_DIRECTORY 040000
#define O_NOFOLLOW 0100000
#define O_DIRECT 0200000
#define O_LARGEFILE 0400000

#define ARCH_ELF_MACHINE 183
#define ARCH_LARGEST_PAGE 65536

/*
 * The kernel starts a process with argc at the stack pointer; `stage_main` gets its address. Its own stack begins at the
 * next page: what each process writes is then one page, and the one with the arguments stays shared.
 */
#define ARCH_START \
    __asm__(".section .text._start, \"ax\"\n" \
            ".globl _start\n" \
            "_start:\n" \
            "    mov x29, #0\n" \
            "    mov x30, #0\n" \
            "    mov x0, sp\n" \
            "    and x1, x0, #-4096\n" \
            "    mov sp, x1\n" \
            "    bl stage_main\n" \
            "    brk #1\n" \
            ".previous\n")

ALWAYS_INLINE int arch_call3(long number, long a, long b, long c) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    return (int)x0;
}

ALWAYS_INLINE int arch_call4(long number, long a, long b, long c, long d) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
    return (int)x0;
}

ALWAYS_INLINE int arch_call5(long number, long a, long b, long c, long d, long e) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
    return (int)x0;
}

ALWAYS_INLINE long arch_call6(long number, long a, long b, long c, long d, long e, long f) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}

#endif
