/* Strings and memory: the few functions that a C library would have. */
#ifndef REDPAK_BYTES_H
#define REDPAK_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The compiler may call these by itself. */
void *memcpy(void *target, const void *source, size_t size);
void *memset(void *target, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);

size_t length_of(const char *string);
bool same(const char *a, const char *b);
/* What follows `prefix` in `string`, NULL when it does not begin with it. */
const char *after(const char *string, const char *prefix);
/* Appends and returns the new end; the result ends with NUL, which the end points to. */
char *append(char *end, const char *string);
/* Needs room for at most 22 digits and NUL; 11 for 32 bits. */
char *append_number(char *end, uint64_t number, uint32_t base);

#endif
