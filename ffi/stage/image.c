#include "image.h"

#include "syscall.h"

/* From stage.ld: their addresses are what they say. */
extern const char image_size[];
extern const char _start[];

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
