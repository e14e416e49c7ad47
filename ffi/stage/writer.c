#include "writer.h"

#include "bytes.h"
#include "syscall.h"

void flush(struct writer *writer) {
    const char *at = writer->text;
    while (writer->length) {
        long written = CALL(write, writer->descriptor, at, writer->length);
        if (written == -EINTR) continue;
        if (written <= 0) break; /* nobody reads it, and there is nobody else to tell */
        at += written;
        writer->length -= (uint32_t)written;
    }
    writer->length = 0;
}

static void put(struct writer *writer, char byte) {
    if (writer->length == sizeof writer->text) flush(writer);
    writer->text[writer->length++] = byte;
}

void print(struct writer *writer, const char *text) {
    while (*text) put(writer, *text++);
}

void print_number(struct writer *writer, uint32_t number) {
    char digits[12];
    append_number(digits, number, 10);
    print(writer, digits);
}

static void print_hexadecimal(struct writer *writer, const char *prefix, uint8_t byte) {
    print(writer, prefix);
    put(writer, "0123456789abcdef"[byte >> 4]);
    put(writer, "0123456789abcdef"[byte & 15]);
}

void print_visible(struct writer *writer, const char *text) {
    for (uint8_t before = 0; *text; before = (uint8_t)*text++) {
        uint8_t byte = (uint8_t)*text;
        bool is_c1 = before == 0xc2 && byte >= 0x80 && byte < 0xa0;
        if (byte < 0x20 || byte == 0x7f || is_c1) print_hexadecimal(writer, "\\x", byte);
        else put(writer, *text);
    }
}

void print_json(struct writer *writer, const char *text) {
    for (; *text; text++) {
        uint8_t byte = (uint8_t)*text;
        if (byte < 0x20) {
            print_hexadecimal(writer, "\\u00", byte);
        } else {
            if (byte == '"' || byte == '\\') put(writer, '\\');
            put(writer, *text);
        }
    }
}
