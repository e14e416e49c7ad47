/* Text on its way to a descriptor. */
#ifndef REDPAK_WRITER_H
#define REDPAK_WRITER_H

#include <stdint.h>

/* Collects a message so that it reaches its reader in one write; longer ones take several. */
struct writer {
    int descriptor;
    uint32_t length;
    char text[500];
};

typedef void print_function(struct writer *writer, const char *text);

print_function print;
/* For who reads on a terminal: names come from configurations, and must not be able to send control sequences. */
print_function print_visible;
/* The content of a JSON string. */
print_function print_json;
void print_number(struct writer *writer, uint32_t number);
void flush(struct writer *writer);

#endif
