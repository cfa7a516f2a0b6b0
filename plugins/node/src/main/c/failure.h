/* The one JSON error document of a call that ended before Java could answer it. */
#ifndef PONTOON_FAILURE_H
#define PONTOON_FAILURE_H

enum {
    CODE_STOPPED = 101, /* a signal ended the call */
    CODE_INTERNAL = 999 /* nothing a configuration can cause; the reference plugins use it likewise */
};

/* Whether every byte of it belongs to a character (RFC 3629). */
int is_utf8(const char *value);

/*
 * Prints the document on standard output, or on standard error what it would have said if nobody
 * reads standard output. It carries no cniVersion: only Java reads the configuration that names it.
 * Returns the exit status of the call.
 */
int fail(int code, const char *message, const char *details);

#endif
