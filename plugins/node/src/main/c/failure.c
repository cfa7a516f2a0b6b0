#define _GNU_SOURCE
#include "failure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many bytes the UTF-8 character at `at` has; 0 if there is none (RFC 3629, section 4). */
static int utf8_length(const unsigned char *at) {
    int length = at[0] < 0x80 ? 1 : at[0] < 0xC2 ? 0 : at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : at[0] < 0xF5 ? 4 : 0;
    for (int i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    int overlong = (at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xF0 && at[1] < 0x90);
    int not_unicode = (at[0] == 0xED && at[1] > 0x9F) || (at[0] == 0xF4 && at[1] > 0x8F);
    return overlong || not_unicode ? 0 : length;
}

int is_utf8(const char *value) {
    const unsigned char *at = (const unsigned char *)value;
    while (*at != '\0') {
        int length = utf8_length(at);
        if (length == 0) {
            return 0;
        }
        at += length;
    }
    return 1;
}

/* File names are bytes, JSON is UTF-8: what is not UTF-8 becomes a question mark. */
static void put_string(const char *value) {
    const unsigned char *at = (const unsigned char *)value;
    putchar('"');
    while (*at != '\0') {
        int length = utf8_length(at);
        if (*at == '"' || *at == '\\') {
            printf("\\%c", *at);
        } else if (*at < 0x20) {
            printf("\\u%04x", *at);
        } else if (length == 0) {
            putchar('?');
        } else {
            fwrite(at, 1, (size_t)length, stdout);
        }
        at += length == 0 ? 1 : length;
    }
    putchar('"');
}

int fail(int code, const char *message, const char *details) {
    printf("{\"code\":%d,\"msg\":", code);
    put_string(message);
    printf(",\"details\":");
    put_string(details);
    printf("}\n");
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "%s. %s (write this to standard output: %s)\n", message, details, strerror(errno));
    }
    return EXIT_FAILURE;
}
