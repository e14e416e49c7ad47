#include "bytes.h"

#include "syscall.h"

/* The compiler calls some of these where nothing else does, when the whole of the stage is optimised already. */
#define USED __attribute__((used))

RESIDENT USED void *memcpy(void *target, const void *source, size_t size) {
    for (size_t i = 0; i < size; i++) ((char *)target)[i] = ((const char *)source)[i];
    return target;
}

RESIDENT USED void *memset(void *target, int value, size_t size) {
    for (size_t i = 0; i < size; i++) ((char *)target)[i] = (char)value;
    return target;
}

USED int memcmp(const void *a, const void *b, size_t size) {
    const uint8_t *first = a, *second = b;
    while (size && *first == *second) first++, second++, size--;
    return size ? *first - *second : 0;
}

size_t length_of(const char *string) {
    size_t length = 0;
    while (string[length]) length++;
    return length;
}

bool same(const char *a, const char *b) {
    const char *rest = after(a, b);
    return rest && !*rest;
}

const char *after(const char *string, const char *prefix) {
    while (*prefix) {
        if (*string++ != *prefix++) return NULL;
    }
    return string;
}

char *append(char *end, const char *string) {
    while ((*end = *string++)) end++;
    return end;
}

char *append_number(char *end, uint64_t number, uint32_t base) {
    char digits[23];
    char *first = digits + sizeof digits - 1;
    *first = 0;
    do *--first = (char)('0' + number % base);
    while (number /= base);
    return append(end, first);
}
