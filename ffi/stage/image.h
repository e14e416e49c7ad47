/* The stage's own ELF header, written here rather than by the linker: there is nothing in the file but this and code. */
#ifndef REDPAK_IMAGE_H
#define REDPAK_IMAGE_H

#include <linux/elf.h>

struct image_header {
    Elf64_Ehdr file;
    Elf64_Phdr code;
    Elf64_Phdr plan; /* empty until src/plan/attach_plan.ts fills it in */
    Elf64_Phdr stack;
};

/* Where it is in memory; volatile, because attach_plan.ts changes it. */
extern const volatile struct image_header image_header;

/* The memory of everything that is over when the program runs. */
void give_back_setup(void);

#endif
