/*
 * Loaded into the JVM that writes the AOT cache, and into nothing else: its clock stands still, but for a nanosecond a
 * look. The cache holds times since boot, of no use to anybody, and would never be the same twice.
 */
#define _GNU_SOURCE
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
    static atomic_long looks;
    if (clock == CLOCK_MONOTONIC) {
        *now = (struct timespec){.tv_sec = 1, .tv_nsec = looks++ % 1000000};
        return 0;
    }
    return (int)syscall(SYS_clock_gettime, clock, now);
}
