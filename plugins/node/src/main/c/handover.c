#define _GNU_SOURCE
#include "handover.h"

#include "failure.h"
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define SOCKET "/run/pontoon/pontoon.sock"
#define PROTOCOL "1"

enum {
    /* The service keeps little memory for many calls at once: a longer configuration is read by a Java of its own. */
    LARGEST_HANDED = 16 * 1024,
    LARGEST_ENVIRONMENT = 64 * 1024,
    /* Java refuses what is longer than 16 MiB; one byte more lets it see that. */
    LARGEST_INPUT = 16 * 1024 * 1024 + 1,
    TAKEN_WITHIN_MS = 5000, /* a service that is stopped, or has too much to do, does not hold a call for ever */
    PROBE_INPUT_MS = 100,   /* VERSION is answered even if its input never ends */
    WRITTEN_WITHIN_MS = 10000,
    WAIT_MS = 50,
    ATOMIC_LENGTH = 4096, /* what a pipe that poll(2) calls writable takes without blocking; PIPE_BUF of pipe(7) */
};

/* The kinds of messages. */
enum { CALL = 'R', INPUT = 'I', SIGNAL = 'S', WRITTEN = 'A' };
enum { DOCUMENT = 'D', ERRORS = 'E', EXIT = 'X' };

struct bytes {
    char *at;
    size_t length;
    size_t room;
};

struct conversation {
    int service;
    int signals;
    int taken; /* whether the service is known to be at work on the call */
    int stopped;
    int input_sent;
    int input_ended;
    int input_unreadable;
    long long probe_end; /* when to send what has come of the input of VERSION; 0 for other commands */
    struct bytes input;
};

static void append(struct bytes *to, const void *from, size_t length) {
    if (to->room - to->length < length) {
        size_t room = 2 * (to->length + length) + 1024;
        char *at = take(room);
        if (at == NULL) {
            exit(fail(CODE_INTERNAL, "hand a call over: no memory left", "Free memory on this node."));
        }
        if (to->length > 0) {
            memcpy(at, to->at, to->length);
        }
        give_back(to->at);
        to->at = at;
        to->room = room;
    }
    memcpy(to->at + to->length, from, length);
    to->length += length;
}

static void append_number(struct bytes *to, uint32_t number) {
    unsigned char four[] = {number >> 24, number >> 16 & 0xff, number >> 8 & 0xff, number & 0xff};
    append(to, four, sizeof four);
}

static void append_text(struct bytes *to, const char *value) {
    append_number(to, (uint32_t)strlen(value));
    append(to, value, strlen(value));
}

static uint32_t number_at(const char *at) {
    const unsigned char *byte = (const unsigned char *)at;
    return (uint32_t)byte[0] << 24 | (uint32_t)byte[1] << 16 | (uint32_t)byte[2] << 8 | byte[3];
}

static long long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static char *namespace_of(const char *kind) {
    char name[64] = "";
    ssize_t length = readlink(text("/proc/self/ns/%s", kind), name, sizeof name - 1);
    name[length < 0 ? 0 : length] = '\0';
    return text("%s", name);
}

char *own_namespaces(void) {
    return text("%s %s %s", namespace_of("net"), namespace_of("pid"), namespace_of("user"));
}

char *own_mounts(void) {
    struct stat root = {0};
    stat("/", &root);
    return text("%s %llu:%llu", namespace_of("mnt"), (unsigned long long)root.st_dev,
                (unsigned long long)root.st_ino);
}

/* What the service could not read or find as this process does is left to this process. */
static int may_be_handed_over(char **environment) {
    for (char **each = environment; *each != NULL; each++) {
        if (!is_utf8(*each)) {
            return 0;
        }
    }
    const char *folder = getenv("CNI_PATH");
    while (folder != NULL) {
        if (*folder != '/' && *folder != ':' && *folder != '\0') {
            return 0; /* relative */
        }
        const char *colon = strchr(folder, ':');
        folder = colon == NULL ? NULL : colon + 1;
    }
    return 1;
}

static int connect_to_service(void) {
    static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SOCKET};
    int service = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (service < 0) {
        return -1;
    }
    struct timeval patience = {.tv_sec = TAKEN_WITHIN_MS / 1000};
    struct ucred peer = {0};
    socklen_t length = sizeof peer;
    setsockopt(service, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(service, (const struct sockaddr *)&address, sizeof address) != 0 ||
        getsockopt(service, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 || peer.uid != 0) {
        close(service);
        return -1;
    }
    return service;
}

static int send_all(int service, const char *at, size_t length) {
    while (length > 0) {
        ssize_t sent = send(service, at, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent < 0) {
            return -1;
        }
        at += sent;
        length -= (size_t)sent;
    }
    return 0;
}

static void append_message(struct bytes *to, char kind, const char *body, size_t length) {
    append(to, &kind, 1);
    append_number(to, (uint32_t)length);
    append(to, body, length);
}

static int send_message(int service, char kind, const char *body, size_t length) {
    struct bytes message = {0};
    append_message(&message, kind, body, length);
    int result = send_all(service, message.at, message.length);
    give_back(message.at);
    return result;
}

/* The service opens this instead of the path: it is the same file whatever mounts the service sees. */
static char *open_netns(void) {
    const char *path = getenv("CNI_NETNS");
    int netns = path == NULL || *path == '\0' ? -1 : open(path, O_PATH | O_CLOEXEC);
    return netns < 0 ? text("%s", "") : text("/proc/%d/fd/%d", getpid(), netns);
}

static struct bytes describe_call(const char *plugin, char **environment) {
    char folder[PATH_MAX];
    struct bytes call = {0};
    append_text(&call, PROTOCOL);
    append_text(&call, BUILD);
    append_text(&call, "call");
    append_text(&call, plugin);
    append_text(&call, own_namespaces());
    append_text(&call, own_mounts());
    append_text(&call, open_netns());
    append_text(&call, getcwd(folder, sizeof folder) == NULL ? "/" : folder);
    for (char **each = environment; *each != NULL; each++) {
        append_text(&call, *each);
    }
    return call;
}

static int read_all(int service, char *to, size_t length) {
    while (length > 0) {
        ssize_t count = read(service, to, length);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return -1;
        }
        to += count;
        length -= (size_t)count;
    }
    return 0;
}

/* Returns the kind of the next message, or -1 if there is none: the service has ended. */
static int read_message(int service, struct bytes *body) {
    char header[5];
    if (read_all(service, header, sizeof header) != 0) {
        return -1;
    }
    size_t length = number_at(header + 1);
    char *at = take(length + 1);
    if (at == NULL || read_all(service, at, length) != 0) {
        give_back(at);
        return -1;
    }
    *body = (struct bytes){.at = at, .length = length, .room = length + 1};
    return (unsigned char)header[0];
}

/* Remembers a signal that has come, and tells the service; whether there was one. */
static int pass_signal_on(struct conversation *talk) {
    struct signalfd_siginfo signal;
    if (read(talk->signals, &signal, sizeof signal) != sizeof signal) {
        return 0;
    }
    talk->stopped = (int)signal.ssi_signo;
    char number = (char)signal.ssi_signo;
    send_message(talk->service, SIGNAL, &number, 1);
    return 1;
}

static int is_ready(int file, short events, int wait_ms) {
    struct pollfd watched = {.fd = file, .events = events};
    return poll(&watched, 1, wait_ms) > 0;
}

/* Returns 0, or the errno that kept it from being written: a reader that reads no more holds nobody for ever. */
static int write_output(struct conversation *talk, const char *at, size_t length) {
    long long end = now_ms() + WRITTEN_WITHIN_MS;
    while (length > 0) {
        if (!is_ready(STDOUT_FILENO, POLLOUT, WAIT_MS)) {
            if (now_ms() > end || (is_ready(talk->signals, POLLIN, 0) && pass_signal_on(talk))) {
                return EAGAIN;
            }
            continue;
        }
        ssize_t count = write(STDOUT_FILENO, at, length < ATOMIC_LENGTH ? length : ATOMIC_LENGTH);
        if (count < 0 && errno != EINTR && errno != EAGAIN) {
            return errno;
        }
        at += count < 0 ? 0 : count;
        length -= count < 0 ? 0 : (size_t)count;
    }
    return 0;
}

enum { GOES_ON = -2 };

/*
 * The body is the exit status of the call, and its document. Once that is written the call has ended, and the service
 * is told so but not waited for. Returns the exit status, or GOES_ON if the service has to undo what nobody was told of.
 */
static int print_document(struct conversation *talk, const struct bytes *body) {
    if (body->length == 0) {
        return NOT_SERVED;
    }
    int error = write_output(talk, body->at + 1, body->length - 1);
    struct bytes answer = {0};
    append_number(&answer, (uint32_t)error);
    send_message(talk->service, WRITTEN, answer.at, answer.length);
    give_back(answer.at);
    return error != 0 ? GOES_ON : *body->at == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void print_errors(const struct bytes *body) {
    size_t done = 0;
    while (done < body->length) {
        ssize_t count = write(STDERR_FILENO, body->at + done, body->length - done);
        if (count < 0 && errno != EINTR) {
            return;
        }
        done += count < 0 ? 0 : (size_t)count;
    }
}

/* Returns the exit status of the call, NOT_SERVED if it will not be served, or GOES_ON. */
static int heed_next(struct conversation *talk) {
    struct bytes body = {0};
    int kind = read_message(talk->service, &body);
    int status = NOT_SERVED; /* it is not taken, or the service has ended */
    talk->taken = 1;
    if (kind == DOCUMENT) {
        status = print_document(talk, &body);
    } else if (kind == ERRORS) {
        print_errors(&body);
        status = GOES_ON;
    } else if (kind == EXIT) {
        status = body.length == 1 && *body.at == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    give_back(body.at);
    return status;
}

/* Takes what has come of standard input. */
static void read_input(struct conversation *talk) {
    char chunk[16384];
    ssize_t count = read(STDIN_FILENO, chunk, sizeof chunk);
    if (count > 0) {
        append(&talk->input, chunk, (size_t)count);
    } else if (count == 0) {
        talk->input_ended = 1;
    } else if (errno != EINTR && errno != EAGAIN) {
        talk->input_unreadable = 1;
    }
    talk->input_ended |= talk->input.length >= LARGEST_INPUT;
}

/* Runtimes write the configuration before they start a plugin, or at once: then it goes along with the call. */
static void read_input_that_is_there(struct conversation *talk) {
    while (!talk->input_ended && !talk->input_unreadable && talk->input.length <= LARGEST_HANDED &&
           is_ready(STDIN_FILENO, POLLIN, 0)) {
        read_input(talk);
    }
}

static int may_send_input(const struct conversation *talk) {
    int probe_is_over = talk->probe_end != 0 && now_ms() >= talk->probe_end;
    return !talk->input_sent && (talk->input_ended || probe_is_over);
}

static int is_for_java(const struct conversation *talk) {
    return talk->input.length > LARGEST_HANDED || talk->input_unreadable;
}

/* Returns 0, or -1 if the call cannot be handed over. */
static int send_call(struct conversation *talk, const char *plugin, char **environment) {
    read_input_that_is_there(talk);
    if (is_for_java(talk)) {
        return -1;
    }
    struct bytes call = describe_call(plugin, environment);
    struct bytes messages = {0};
    int result = -1;
    if (call.length <= LARGEST_ENVIRONMENT) {
        append_message(&messages, CALL, call.at, call.length);
        if (may_send_input(talk)) {
            talk->input_sent = 1;
            append_message(&messages, INPUT, talk->input.at, talk->input.length);
        }
        result = send_all(talk->service, messages.at, messages.length);
    }
    give_back(call.at);
    give_back(messages.at);
    return result;
}

static int send_input_once_complete(struct conversation *talk) {
    if (is_for_java(talk)) {
        return NOT_SERVED;
    }
    if (may_send_input(talk)) {
        talk->input_sent = 1;
        send_message(talk->service, INPUT, talk->input.at, talk->input.length);
    }
    return GOES_ON;
}

/* A service that takes a call reads all of it before anything else; what is left unread is what ioctl(SIOCOUTQ) counts. */
static int is_taken(struct conversation *talk) {
    int unread = 1;
    talk->taken |= ioctl(talk->service, TIOCOUTQ, &unread) == 0 && unread == 0;
    return talk->taken;
}

static int wait_limit_ms(const struct conversation *talk, long long start) {
    long long left = talk->taken ? INT_MAX : start + TAKEN_WITHIN_MS - now_ms();
    if (talk->probe_end != 0 && !talk->input_sent && left > WAIT_MS) {
        return WAIT_MS;
    }
    return left == INT_MAX ? -1 : left < 0 ? 0 : (int)left;
}

/* Until the service has answered: signals and input go there, output comes from there. */
static int converse(struct conversation *talk) {
    long long start = now_ms();
    int status = GOES_ON;
    while (status == GOES_ON) {
        struct pollfd watched[] = {
            {.fd = talk->service, .events = POLLIN},
            {.fd = talk->signals, .events = POLLIN},
            {.fd = talk->input_sent ? -1 : STDIN_FILENO, .events = POLLIN},
        };
        int ready = poll(watched, 3, wait_limit_ms(talk, start));
        if (ready < 0 && errno != EINTR) {
            return NOT_SERVED;
        }
        if (ready == 0 && now_ms() >= start + TAKEN_WITHIN_MS && !is_taken(talk)) {
            return NOT_SERVED;
        }
        if (ready > 0 && watched[0].revents != 0) {
            status = heed_next(talk);
        } else if (ready > 0 && watched[1].revents != 0) {
            status = is_taken(talk) ? GOES_ON : NOT_SERVED; /* before anything else is sent that may stay unread */
            pass_signal_on(talk);
        } else if (ready > 0 && watched[2].revents != 0) {
            read_input(talk);
        }
        if (status == GOES_ON) {
            status = send_input_once_complete(talk);
        }
    }
    return status;
}

/* All of standard input in a file, for a Java that has to be started after some of it was read here. */
static int spool_input(struct conversation *talk) {
    int untouched = talk->input.length == 0 && !talk->input_ended;
    if (untouched || talk->input_unreadable) {
        return STDIN_FILENO;
    }
    while (!talk->input_ended && !talk->input_unreadable && !talk->stopped && talk->probe_end == 0) {
        struct pollfd watched[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = talk->signals, .events = POLLIN}};
        if (poll(watched, 2, -1) > 0) {
            if (watched[1].revents != 0) {
                pass_signal_on(talk);
            } else {
                read_input(talk);
            }
        }
    }
    int file = memfd_create("configuration", MFD_CLOEXEC);
    size_t done = 0;
    while (file >= 0 && done < talk->input.length) {
        ssize_t count = write(file, talk->input.at + done, talk->input.length - done);
        if (count < 0 && errno != EINTR) {
            break;
        }
        done += count < 0 ? 0 : (size_t)count;
    }
    if (file < 0 || done < talk->input.length || lseek(file, 0, SEEK_SET) != 0) {
        exit(fail(CODE_INTERNAL, text("keep the configuration for a second try: %s", strerror(errno)),
                  "Free memory on this node."));
    }
    return file;
}

struct handover hand_over(const char *plugin, const sigset_t *stop) {
    struct handover outcome = {.status = NOT_SERVED, .input = STDIN_FILENO};
    struct conversation talk = {.service = -1};
    const char *command = getenv("CNI_COMMAND");
    if (!may_be_handed_over(environ) || (talk.service = connect_to_service()) < 0) {
        return outcome;
    }
    talk.probe_end = command != NULL && strcmp(command, "VERSION") == 0 ? now_ms() + PROBE_INPUT_MS : 0;
    talk.signals = signalfd(-1, stop, SFD_CLOEXEC);
    if (talk.signals >= 0 && send_call(&talk, plugin, environ) == 0) {
        outcome.status = converse(&talk);
    }
    close(talk.service);
    if (outcome.status == NOT_SERVED) {
        outcome.input = spool_input(&talk);
    }
    outcome.stopped = talk.stopped;
    return outcome;
}
