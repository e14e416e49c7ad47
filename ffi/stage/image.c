#include "image.h"

#include "syscall.h"

#define MADV_SEQUENTIAL 2
#define MADV_DONTNEED 4
/* More than any operation takes of the stack. */
#define STACK_USED 0x10000

/* From stage.ld: their addresses are what they say. */
extern const char image_size[];
extern const char _start[];
extern const char cold_begin[];

/* Two segments are loaded: all of the stage, read-only and executable, and the plan. There is no writable data. */
__attribute__((used, section(".header"))) const volatile struct image_header image_header = {
    .file = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_EXEC,
        .e_machine = ARCH_ELF_MACHINE,
        .e_version = EV_CURRENT,
        .e_entry = (Elf64_Addr)_start,
        .e_phoff = offsetof(struct image_header, code),
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = 3,
    },
    .code = {
        .p_type = PT_LOAD,
        .p_flags = PF_R | PF_X,
        .p_vaddr = (Elf64_Addr)&image_header,
        .p_paddr = (Elf64_Addr)&image_header,
        .p_filesz = (Elf64_Xword)image_size,
        .p_memsz = (Elf64_Xword)image_size,
        .p_align = ARCH_LARGEST_PAGE,
    },
    .plan = {.p_type = PT_LOAD, .p_flags = PF_R, .p_align = ARCH_LARGEST_PAGE},
    .stack = {.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W},
};

/*
 * What has been used once stays mapped, and a fault maps what lies around it as well, up to the end of its mapping: advice makes
 * one of its own of all that is not resident. What is needed of it after all comes back by itself.
 */
RESIDENT void give_back_setup(void) {
    const volatile Elf64_Phdr *plan = &image_header.plan;
    const char *end = (const char *)&image_header + (size_t)image_size;
    CALL(madvise, cold_begin, end - cold_begin, MADV_SEQUENTIAL);
    CALL(madvise, cold_begin, end - cold_begin, MADV_DONTNEED);
    CALL(madvise, plan->p_vaddr & ~4095ull, plan->p_filesz + (plan->p_vaddr & 4095), MADV_DONTNEED);
    /* The stack that deeper calls have had: further down, past what may still be in use below this frame. */
    size_t frame = (size_t)__builtin_frame_address(0) & ~4095ull;
    CALL(madvise, frame - STACK_USED, STACK_USED - 4096, MADV_DONTNEED);
}
