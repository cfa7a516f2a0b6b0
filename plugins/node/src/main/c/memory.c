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
    return malloc(length);
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
    char *made = length < 0 ? NULL : take((size_t)length + 1);
    if (made == NULL) {
        exit(fail(CODE_INTERNAL, "start a plugin: no memory left", "Free memory on this node."));
    }
    vsnprintf(made, (size_t)length + 1, format, again);
    va_end(again);
    return made;
}
