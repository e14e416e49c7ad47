/* Tables of words: keys, and as many words for each, one after the other. A fifth of the size of tables of pointers. */
#ifndef REDPAK_WORDS_H
#define REDPAK_WORDS_H

#include <stddef.h>
#include <stdint.h>

struct words {
    const uint8_t *keys;
    uint8_t count;
    uint8_t each; /* words for each key */
    const char *words;
};

/* Word `n` of those that belong to `key`; NULL when there is no such key. */
const char *find_word(const struct words *table, uint8_t key, uint8_t n);

/* Word `n` of words that follow each other. */
const char *nth_word(const char *words, uint32_t n);

/* The name of an errno, and what it means; NULL when it is not in the table. */
const char *error_name(int error);
const char *error_text(int error);

/* The name of an operation, and the kinds of its operands as letters; NULL when there is none with this code. */
const char *operation_name(uint8_t code);
const char *operation_kinds(uint8_t code);

#endif
