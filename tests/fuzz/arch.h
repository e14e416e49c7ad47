/* In the place of ffi/stage/arch_*.h: the stage is a plain program, and its system calls are answered by stage_fuzz.c. */
#define REDPAK_ARCH_H

#include <asm/unistd.h>

#define ARCH_ELF_MACHINE 0
#define ARCH_LARGEST_PAGE 4096
#define ARCH_START _Static_assert(1, "it is called by stage_fuzz.c")

long answer_call(long number, long a, long b, long c, long d, long e, long f);

#define arch_call3(number, a, b, c) ((int)answer_call(number, a, b, c, 0, 0, 0))
#define arch_call4(number, a, b, c, d) ((int)answer_call(number, a, b, c, d, 0, 0))
#define arch_call5(number, a, b, c, d, e) ((int)answer_call(number, a, b, c, d, e, 0))
#define arch_call6(number, a, b, c, d, e, f) answer_call(number, a, b, c, d, e, f)

/* Its own, so that they are watched as well. */
#define memcpy stage_memcpy
#define memset stage_memset
#define memcmp stage_memcmp
