#define _GNU_SOURCE
#include "memory.h"

#include "failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROOM = 128 * 1024, ALIGNMENT = 16 };

static _Alignas(ALIGNMENT) char room[ROOM];

void *take(size_t length) {
    static size_t used;
    if (length <= ROOM - used) {
        void *taken = room + used;
        used += (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        return taken;
    }
    void *taken = malloc(length);
    if (taken == NULL) {
        exit(fail(CODE_INTERNAL, "serve a call: no memory left", "Free memory on this node."));
    }
    return taken;
}

void give_back(void *memory) {
    const char *at = memory;
    if (at < room || at >= room + ROOM) {
        free(memory);
    }
}

char *text(const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) {
        exit(fail(CODE_INTERNAL, "serve a call: a text is too long", "Shorten the paths and names of the call."));
    }
    char *made = take((size_t)length + 1);
    vsnprintf(made, (size_t)length + 1, format, again);
    va_end(again);
    return made;
}
