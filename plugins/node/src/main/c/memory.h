/*
 * Memory of a process that is over in two milliseconds: malloc(3) would first ask the kernel for pages
 * in four calls.
 */
#ifndef PONTOON_MEMORY_H
#define PONTOON_MEMORY_H

#include <stddef.h>

/* Memory for so many bytes, with anything in it; NULL when there is none left. */
void *take(size_t length);

/* Ends the use of what was taken; NULL is nothing. */
void give_back(void *memory);

/* printf(3) into memory of its own. Ends the process when there is no memory left. */
__attribute__((format(printf, 1, 2))) char *text(const char *format, ...);

#endif
