#include "words.h"

#include "bytes.h"
#include "plan_format.h"
#include "syscall.h"

const char *nth_word(const char *words, uint32_t n) {
    while (n--) words += length_of(words) + 1;
    return words;
}

const char *find_word(const struct words *table, uint8_t key, uint8_t n) {
    for (uint32_t i = 0; i < table->count; i++) {
        if (table->keys[i] == key) return nth_word(table->words, i * table->each + n);
    }
    return NULL;
}

/* The errors that the stage's system calls are known to return. */
#define ERRORS(X) \
    X(EPERM, "operation not permitted") \
    X(ENOENT, "no such file or directory") \
    X(ESRCH, "no such process") \
    X(EIO, "input/output error") \
    X(E2BIG, "argument list too long") \
    X(ENOEXEC, "not in an executable format") \
    X(EBADF, "bad file descriptor") \
    X(EAGAIN, "resource temporarily unavailable") \
    X(ENOMEM, "out of memory") \
    X(EACCES, "permission denied") \
    X(EFAULT, "bad address") \
    X(EBUSY, "in use") \
    X(EEXIST, "already exists") \
    X(EXDEV, "on another file system") \
    X(ENODEV, "not supported by this kernel") \
    X(ENOTDIR, "not a directory") \
    X(EISDIR, "is a directory") \
    X(EINVAL, "invalid argument") \
    X(ENFILE, "too many open files in the system") \
    X(EMFILE, "too many open files") \
    X(ETXTBSY, "open for writing") \
    X(ENOSPC, "no space left, or a limit is reached") \
    X(EROFS, "read-only file system") \
    X(EPIPE, "nobody is listening") \
    X(ENAMETOOLONG, "name too long") \
    X(ENOSYS, "not implemented by this kernel") \
    X(ELOOP, "a symbolic link is in the way") \
    X(ELIBBAD, "its loader is not usable") \
    X(EUSERS, "too many nested user namespaces") \
    X(EOPNOTSUPP, "not supported") \
    X(ESTALE, "it has changed") \
    X(EOVERFLOW, "identifier has no mapping") \
    X(EDQUOT, "quota exceeded")
#define ERROR_KEY(error, text) error,
#define ERROR_WORDS(error, text) #error "\0" text "\0"

static const uint8_t error_keys[] = {ERRORS(ERROR_KEY)};
static const struct words errors = {error_keys, sizeof error_keys, 2, ERRORS(ERROR_WORDS)};

const char *error_name(int error) {
    return find_word(&errors, (uint8_t)error, 0);
}

const char *error_text(int error) {
    return find_word(&errors, (uint8_t)error, 1);
}

#define OPERATION_KEY(symbol, name, code, kinds) code,
#define OPERATION_WORDS(symbol, name, code, kinds) name "\0" kinds "\0"

static const uint8_t operation_keys[] = {PLAN_OPERATIONS(OPERATION_KEY)};
static const struct words operations = {operation_keys, sizeof operation_keys, 2, PLAN_OPERATIONS(OPERATION_WORDS)};

const char *operation_name(uint8_t code) {
    return find_word(&operations, code, 0);
}

const char *operation_kinds(uint8_t code) {
    return find_word(&operations, code, 1);
}
