/*
 * The entry point of the linked redpak binary: turns `redpak ARG…` into `deno run FLAGS… PROGRAM… ARG…`.
 *
 * scripts/link_binary.ts appends this image and a launch table to a copy of the deno executable and makes `_start` its
 * ELF entry point. When it runs, the dynamic loader has done its work; what is left of the start of the process is the
 * stack that the kernel made: argc, argv, NULL, envp, NULL, auxiliary vector. A new one is built below it, pointing to
 * the same strings and to those of the launch table, and the original entry point is called with it.
 *
 * - The program text lies in this image, and an argument says where: nothing is opened, written or unpacked, no /proc and no
 *   descriptor is needed, and what a command does not use is not even read from the disk.
 * - Deno sees none of the user's environment variables, because dozens of them (DENO_*, NODE_*, OTEL_*, RUST_*, …) change
 *   what it does. They are handed to the program as arguments instead: [address, name, NAME=VALUE…, "", ARG…].
 * - The kernel's view (/proc/PID/cmdline, /proc/PID/environ, ps) stays what the user typed.
 *
 * Freestanding: no libc, no relocations, no writable data.
 */

typedef unsigned long word; /* one stack slot; same width as a pointer on every architecture supported here */

/* Written by scripts/link_binary.ts. All offsets are relative to the table itself. */
struct launch_table {
    long entry;             /* the original entry point */
    long environ_slot;      /* where the executable keeps the address of libc's `environ` */
    long text;              /* what the program is made of */
    word argument_count;    /* "deno", "run", flags, main module, index of the text */
    word environment_count; /* what Deno itself is to find in its environment */
    long string[];          /* the arguments, then the environment */
};
extern const struct launch_table launch_table __attribute__((visibility("hidden")));

#if defined(__x86_64__)
/* rdx (a function for atexit) must reach the original entry point; rsp points to argc. */
__asm__(".section .entry, \"ax\"\n"
        ".globl _start\n"
        "_start:\n"
        "    mov %rdx, %r12\n"
        "    mov %rsp, %rbx\n"
        "    mov %rbx, %rdi\n"
        "    and $-16, %rsp\n"
        "    call entry_stack_size\n"
        "    mov %rbx, %rsp\n"
        "    sub %rax, %rsp\n"
        "    and $-16, %rsp\n"
        "    mov %rbx, %rdi\n"
        "    mov %rsp, %rsi\n"
        "    call entry_build_stack\n"
        "    mov %r12, %rdx\n"
        "    xor %ebp, %ebp\n"
        "    jmp *%rax\n"
        ".previous\n");
#elif defined(__aarch64__)
/* x0 (a function for atexit) must reach the original entry point; sp points to argc. */
__asm__(".section .entry, \"ax\"\n"
        ".globl _start\n"
        "_start:\n"
        "    mov x20, x0\n"
        "    mov x19, sp\n"
        "    mov x0, x19\n"
        "    bl entry_stack_size\n"
        "    sub x0, x19, x0\n"
        "    and x0, x0, #-16\n"
        "    mov sp, x0\n"
        "    mov x1, x0\n"
        "    mov x0, x19\n"
        "    bl entry_build_stack\n"
        "    mov x16, x0\n"
        "    mov x0, x20\n"
        "    mov x29, xzr\n"
        "    mov x30, xzr\n"
        "    br x16\n"
        ".previous\n");
#else
#error "no entry code for this architecture yet"
#endif

/* Number of words from argc up to and including the pair (AT_NULL, value) that ends the auxiliary vector. */
static word stack_words(const word *stack)
{
    const word *at = stack + 1 + stack[0] + 1;
    while (*at++) /* environment */
        ;
    while (*at) /* auxiliary vector */
        at += 2;
    return at + 2 - stack;
}

/* An address in hexadecimal digits, with the NUL behind it. */
#define ADDRESS_DIGITS (2 * sizeof(word))
#define ADDRESS_WORDS (ADDRESS_DIGITS / sizeof(word) + 1)

/*
 * Bytes that the new stack takes at most: the old one, the table's strings, the address of the text with its digits, and the
 * separator between environment and arguments.
 */
__attribute__((used)) word entry_stack_size(const word *stack)
{
    return (stack_words(stack) + launch_table.argument_count + launch_table.environment_count + 3 + ADDRESS_WORDS) *
           sizeof(word);
}

static void write_address(char *out, word address)
{
    word i;

    for (i = ADDRESS_DIGITS; i--; address >>= 4)
        out[i] = "0123456789abcdef"[address & 15];
    out[ADDRESS_DIGITS] = 0;
}

/* Fills the new stack from the old one; returns the original entry point. */
__attribute__((used)) word entry_build_stack(const word *old, word *new)
{
    word table = (word)&launch_table;
    const word *arguments = old + 1, *environment = arguments + old[0] + 1, *at;
    word *out = new + 1, *text, i;

    for (i = 0; i < launch_table.argument_count; i++)
        *out++ = table + launch_table.string[i];
    text = out++;
    /* A process can be started without even a name; the separator must stay where the program expects it. */
    *out++ = old[0] ? arguments[0] : (word) "";
    for (at = environment; *at; at++)
        if (*(const char *)*at) /* an empty string is the separator, and no variable */
            *out++ = *at;
    *out++ = (word) "";
    for (i = 1; i < old[0]; i++)
        *out++ = arguments[i];
    new[0] = out - (new + 1);
    *out++ = 0;

    /* glibc's dynamic loader has set `environ` already, and __libc_start_main does not set it again. */
    **(word ***)(table + launch_table.environ_slot) = out;
    for (i = 0; i < launch_table.environment_count; i++)
        *out++ = table + launch_table.string[launch_table.argument_count + i];
    *out++ = 0;

    for (at++; *at; at += 2) { /* auxiliary vector */
        *out++ = at[0];
        *out++ = at[1];
    }
    *out++ = 0;
    *out++ = 0;
    *text = (word)out;
    write_address((char *)out, table + launch_table.text);
    return table + launch_table.entry;
}
