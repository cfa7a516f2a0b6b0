/*
 * Hands a call over to the resident service, if one runs that stands where this process stands. The
 * service's half is Connection.java, the messages are listed in Message.java.
 */
#ifndef PONTOON_HANDOVER_H
#define PONTOON_HANDOVER_H

#include <signal.h>

enum { NOT_SERVED = -1 };

/* How a call that was offered to the service went. */
struct handover {
    int status;  /* its exit status, or NOT_SERVED: then this process must see to it, from the beginning */
    int stopped; /* the last signal that asked it to stop; 0 for none */
    int input;   /* where all of standard input is to be had, if it must be seen to here */
};

/* `stop` are the signals that ask a call to stop; they must be blocked. */
struct handover hand_over(const char *plugin, const sigset_t *stop);

/* The namespaces of network, processes and users that this process is in. */
char *own_namespaces(void);

/* Its mount namespace and its root folder. */
char *own_mounts(void);

#endif
