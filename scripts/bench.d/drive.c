/*
 * Calls plugins as a container runtime does and says how long each call took, from before it is started until it has
 * ended and its answer is read. Every candidate has a host of its own: a network and a mount namespace with a /run of
 * its own, which vanish with this process.
 *
 *   drive calls|connect|start|memory|idle [--rounds N] [--warm-up N] [--parallel N] [--verbs ADD,DEL] [--seconds N]
 *         CANDIDATE...
 *
 *   calls    services have 50 ADD and DEL to warm up; then in each round every candidate, in rotating order, gets N new
 *            containers, and ADDs and DELs them at once
 *   connect  every candidate attaches a container that listens at TCP port 80; then, in rotating order, somebody in the
 *            namespace /run/netns/outside of its host connects to 192.0.2.1:8080 200 times, and the mean is told
 *   start    in each round the service is started anew and the first ADD is sent as soon as the socket accepts
 *   memory   rounds without pauses; what the service occupies before, half-way, and at the end
 *   idle     processor time that the service uses when nobody calls it
 *
 * A candidate is
 *   --candidate NAME PLUGIN... --path DIR [--prepare SHELL-COMMAND] [--service FILE]
 * with --prepare run in its host before the first round, and --service run as `FILE service run`. A plugin is
 *   --program FILE [--argument TEXT]... --configuration FILE
 * Several are a chain, as a runtime calls it: each ADD gets the result of the one before, DEL goes backwards with the
 * last result, and the time is that of all.
 *
 * Output: NAME, measure, value, failed calls; separated by tabs. Values are nanoseconds, bytes or counts.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CANDIDATES = 64, MAX_PLUGINS = 4, MAX_ARGUMENTS = 16, MAX_ANSWER = 16384, MAX_VARIABLES = 16 };
enum { SERVED_BEFORE = 50, CONNECTIONS = 200, MAPPED_PORT = 8080, SERVER_PORT = 80 };

#define SOCKET "/run/pontoon/pontoon.sock"
#define OUTSIDE "/run/netns/outside"
#define HOST_ADDRESS 0xC0000201 /* 192.0.2.1 */
#define MILLISECOND 1000000LL
#define SECOND 1000000000LL

/* A JVM alone uses more processor time than this; the launcher that waits for the service uses far less. */
#define COLD_CALL (10 * MILLISECOND)

struct plugin {
    char *arguments[MAX_ARGUMENTS + 2];
    int argument_count;
    char *configuration;
};

struct candidate {
    const char *name;
    struct plugin plugins[MAX_PLUGINS];
    int plugin_count;
    const char *path;
    const char *prepare;
    const char *service;
    int network;
    int mounts;
    pid_t service_started; /* what we have executed */
    pid_t service_pid;     /* who listens */
    long cold_calls;
    long calls;
    int has_complained;
};

struct container {
    char id[65];
    char path[128];
    char result[MAX_ANSWER];
};

struct call {
    pid_t pid;
    int input;
    int answer;
    int complaints;
    char variables[MAX_VARIABLES][256];
    char *environment[MAX_VARIABLES + 1];
    posix_spawn_file_actions_t streams;
};

static struct candidate candidates[MAX_CANDIDATES];
static int candidate_count;
static int rounds = 1;
static int warm_up = 1;
static int parallel = 1;
static int seconds = 10;
static const char *verbs = "ADD,DEL";
static int home_network;
static int home_mounts;

static _Noreturn void fail(const char *format, ...) {
    int error = errno;
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "drive: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, ": %s\n", strerror(error));
    exit(EXIT_FAILURE);
}

static int checked(int result, const char *what) {
    if (result < 0) {
        fail("%s", what);
    }
    return result;
}

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * SECOND + time.tv_nsec;
}

static void pause_for(long long nanoseconds) {
    nanosleep(&(struct timespec){.tv_sec = nanoseconds / SECOND, .tv_nsec = nanoseconds % SECOND}, NULL);
}

/* The kernel frees what a call removed after the call; the next candidate must not be charged for that. */
static void let_the_kernel_finish(void) {
    pause_for((30 + 2 * parallel) * MILLISECOND);
}

static void print(const struct candidate *candidate, const char *measure, long long value, int failed) {
    printf("%s\t%s\t%lld\t%d\n", candidate->name, measure, value, failed);
    fflush(stdout);
}

/* ---- hosts and containers --------------------------------------------------------------------------------------- */

static int this_namespace(const char *kind) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/ns/%s", kind);
    return checked(open(path, O_RDONLY | O_CLOEXEC), path);
}

static void enter(int mounts, int network) {
    checked(setns(mounts, CLONE_NEWNS), "enter a mount namespace");
    checked(setns(network, CLONE_NEWNET), "enter a network namespace");
}

static void enter_host(const struct candidate *candidate) {
    enter(candidate->mounts, candidate->network);
}

static void set_loopback_up(void) {
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int any = checked(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "open a socket");
    checked(ioctl(any, SIOCSIFFLAGS, &request), "set lo up");
    close(any);
}

static void make_host(struct candidate *candidate) {
    checked(unshare(CLONE_NEWNS | CLONE_NEWNET), "make a host");
    checked(mount("run", "/run", "tmpfs", 0, "mode=755"), "mount /run");
    checked(mkdir("/run/netns", 0755), "make /run/netns");
    set_loopback_up();
    candidate->mounts = this_namespace("mnt");
    candidate->network = this_namespace("net");
    if (candidate->prepare != NULL && system(candidate->prepare) != 0) {
        errno = ECHILD;
        fail("%s: prepare the host", candidate->name);
    }
    enter(home_mounts, home_network);
}

/* splitmix64: names that look like a runtime's and never repeat. */
static unsigned long long next_number(void) {
    static unsigned long long state;
    unsigned long long mixed = state += 0x9E3779B97F4A7C15ULL;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
    return mixed ^ (mixed >> 31);
}

/* As containerd does it: the namespace is pinned by a mount, and no process is in it. */
static void make_container(const struct candidate *host, struct container *container) {
    for (int i = 0; i < 4; i++) {
        snprintf(container->id + 16 * i, 17, "%016llx", next_number());
    }
    snprintf(container->path, sizeof container->path, "/run/netns/cni-%.16s", container->id);
    container->result[0] = '\0';
    close(checked(open(container->path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444), container->path));
    checked(unshare(CLONE_NEWNET), "make a network namespace");
    checked(mount("/proc/self/ns/net", container->path, NULL, MS_BIND, NULL), "pin a network namespace");
    checked(setns(host->network, CLONE_NEWNET), "return to the host");
}

static void remove_container(const struct container *container) {
    checked(umount2(container->path, MNT_DETACH), "release a network namespace");
    checked(unlink(container->path), "remove a network namespace's file");
}

/* ---- calls ------------------------------------------------------------------------------------------------------ */

static void variable(struct call *call, int *count, const char *name, const char *value) {
    snprintf(call->variables[*count], sizeof call->variables[*count], "%s=%s", name, value);
    call->environment[*count] = call->variables[*count];
    call->environment[++*count] = NULL;
}

/* The configuration, with what the last ADD has answered if there was one. */
static int input_of(const char *configuration, const struct container *container) {
    int input = checked(memfd_create("input", MFD_CLOEXEC), "make the input of a call");
    const char *end = strrchr(configuration, '}');
    if (end == NULL || container->result[0] == '\0') {
        dprintf(input, "%s", configuration);
    } else {
        dprintf(input, "%.*s, \"prevResult\": %s}", (int)(end - configuration), configuration, container->result);
    }
    checked(lseek(input, 0, SEEK_SET), "rewind the input of a call");
    return input;
}

static void prepare_call(struct call *call, const struct candidate *candidate, const struct plugin *plugin,
                         const char *verb, const struct container *container, int *answer_end) {
    int count = 0, ends[2];
    variable(call, &count, "CNI_COMMAND", verb);
    variable(call, &count, "CNI_CONTAINERID", container->id);
    variable(call, &count, "CNI_NETNS", container->path);
    variable(call, &count, "CNI_IFNAME", "eth0");
    variable(call, &count, "CNI_PATH", candidate->path);
    variable(call, &count, "PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    call->input = input_of(plugin->configuration, container);
    call->complaints = checked(memfd_create("complaints", MFD_CLOEXEC), "make the standard error of a call");
    checked(pipe2(ends, O_CLOEXEC), "make a pipe");
    call->answer = ends[0];
    *answer_end = ends[1];
    posix_spawn_file_actions_init(&call->streams);
    posix_spawn_file_actions_adddup2(&call->streams, call->input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&call->streams, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&call->streams, call->complaints, STDERR_FILENO);
}

static void start_call(struct call *call, struct plugin *plugin, int answer_end) {
    errno = posix_spawn(&call->pid, plugin->arguments[0], &call->streams, NULL, plugin->arguments, call->environment);
    if (errno != 0) {
        fail("start %s", plugin->arguments[0]);
    }
    close(answer_end);
}

static int finish_call(struct call *call, struct candidate *candidate, char *answer) {
    ssize_t length = 0, got;
    do {
        got = read(call->answer, answer + length, MAX_ANSWER - 1 - length);
        length += got > 0 ? got : 0;
    } while (got > 0);
    answer[length] = '\0';
    int status;
    struct rusage usage;
    checked(wait4(call->pid, &status, 0, &usage), "wait for a call");
    long long processor = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * SECOND +
                          (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000LL;
    candidate->calls++;
    candidate->cold_calls += processor > COLD_CALL;
    return status;
}

/* Once for each candidate; the number of failed calls is in the output. */
static void complain(struct candidate *candidate, const char *verb, const struct call *call, int status,
                     const char *answer) {
    char complaints[1024];
    if (candidate->has_complained) {
        return;
    }
    candidate->has_complained = 1;
    ssize_t length = pread(call->complaints, complaints, sizeof complaints - 1, 0);
    complaints[length < 0 ? 0 : length] = '\0';
    fprintf(stderr, "drive: %s: %s ended with %s %d: %.500s %s\n", candidate->name, verb,
            WIFSIGNALED(status) ? "signal" : "status", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
            answer, complaints);
}

static void dispose(struct call *call) {
    posix_spawn_file_actions_destroy(&call->streams);
    close(call->input);
    close(call->answer);
    close(call->complaints);
}

/* One call for each container, all at once; returns how long it took until the last had ended. */
static long long call_plugin(struct candidate *candidate, struct plugin *plugin, const char *verb,
                             struct container *containers, int *failed) {
    struct call *calls = calloc(parallel, sizeof *calls);
    int *answer_ends = calloc(parallel, sizeof *answer_ends);
    char (*answers)[MAX_ANSWER] = calloc(parallel, sizeof *answers);
    int *statuses = calloc(parallel, sizeof *statuses);
    for (int i = 0; i < parallel; i++) {
        prepare_call(&calls[i], candidate, plugin, verb, &containers[i], &answer_ends[i]);
    }
    long long begin = now();
    for (int i = 0; i < parallel; i++) {
        start_call(&calls[i], plugin, answer_ends[i]);
    }
    for (int i = 0; i < parallel; i++) {
        statuses[i] = finish_call(&calls[i], candidate, answers[i]);
    }
    long long took = now() - begin;
    for (int i = 0; i < parallel; i++) {
        if (statuses[i] != 0) {
            ++*failed;
            complain(candidate, verb, &calls[i], statuses[i], answers[i]);
        } else if (strcmp(verb, "ADD") == 0) {
            memcpy(containers[i].result, answers[i], MAX_ANSWER);
        }
        dispose(&calls[i]);
    }
    free(calls);
    free(answer_ends);
    free(answers);
    free(statuses);
    return took;
}

/* The whole chain for each container; returns how long its plugins took together. */
static long long call_all(struct candidate *candidate, const char *verb, struct container *containers, int *failed) {
    long long took = 0;
    int is_backwards = strcmp(verb, "DEL") == 0;
    *failed = 0;
    for (int i = 0; i < candidate->plugin_count; i++) {
        int place = is_backwards ? candidate->plugin_count - 1 - i : i;
        took += call_plugin(candidate, &candidate->plugins[place], verb, containers, failed);
    }
    return took;
}

static void run_verbs(struct candidate *candidate, struct container *containers, int is_measured, int has_pauses) {
    char *list = strdup(verbs), *rest = NULL;
    for (char *verb = strtok_r(list, ",", &rest); verb != NULL; verb = strtok_r(NULL, ",", &rest)) {
        int failed;
        long long took = call_all(candidate, verb, containers, &failed);
        if (is_measured) {
            print(candidate, verb, took, failed);
        }
        if (has_pauses) {
            let_the_kernel_finish();
        }
    }
    free(list);
}

/* In containers made for this round, and in the candidate's host. */
static void run_round(struct candidate *candidate, int is_measured, int has_pauses) {
    struct container *containers = calloc(parallel, sizeof *containers);
    enter_host(candidate);
    for (int i = 0; i < parallel; i++) {
        make_container(candidate, &containers[i]);
    }
    if (has_pauses) {
        let_the_kernel_finish();
    }
    run_verbs(candidate, containers, is_measured, has_pauses);
    for (int i = 0; i < parallel; i++) {
        remove_container(&containers[i]);
    }
    enter(home_mounts, home_network);
    if (has_pauses) {
        let_the_kernel_finish();
    }
    free(containers);
}

/* ---- the service ------------------------------------------------------------------------------------------------ */

/* Whether the socket accepts; then the kernel tells who listens, whoever has started it. */
static int is_listening(struct candidate *candidate) {
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SOCKET};
    struct ucred listener;
    socklen_t size = sizeof listener;
    int connection = checked(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "open a socket");
    int accepts = connect(connection, (struct sockaddr *)&address, sizeof address) == 0;
    if (accepts) {
        checked(getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &listener, &size), "ask who listens on " SOCKET);
        candidate->service_pid = listener.pid;
    }
    close(connection);
    return accepts;
}

/* In the host of the candidate; returns when the service accepts calls. */
static void start_service(struct candidate *candidate) {
    char *arguments[] = {(char *)candidate->service, "service", "run", NULL};
    char *environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
    posix_spawn_file_actions_t streams;
    posix_spawn_file_actions_init(&streams);
    posix_spawn_file_actions_addopen(&streams, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&streams, STDOUT_FILENO, "/run/service.log", O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&streams, STDOUT_FILENO, STDERR_FILENO);
    errno = posix_spawn(&candidate->service_started, candidate->service, &streams, NULL, arguments, environment);
    if (errno != 0) {
        fail("start %s", candidate->service);
    }
    posix_spawn_file_actions_destroy(&streams);
    long long deadline = now() + 20 * SECOND;
    while (!is_listening(candidate)) {
        if (now() > deadline || waitpid(candidate->service_started, NULL, WNOHANG) != 0) {
            if (system("cat /run/service.log >&2") != 0) {
                fprintf(stderr, "drive: the service has said nothing\n");
            }
            errno = ETIMEDOUT;
            fail("%s: wait for the service to accept", candidate->name);
        }
        pause_for(MILLISECOND / 5);
    }
}

static void stop_service(struct candidate *candidate) {
    kill(candidate->service_started, SIGTERM);
    long long deadline = now() + 10 * SECOND;
    while (waitpid(candidate->service_started, NULL, WNOHANG) == 0) {
        if (now() > deadline) {
            fprintf(stderr, "drive: the service does not end on SIGTERM; it is killed\n");
            kill(candidate->service_pid, SIGKILL);
            kill(candidate->service_started, SIGKILL);
            deadline += 10 * SECOND;
        }
        pause_for(MILLISECOND);
    }
}

static long long processor_time(pid_t pid) {
    clockid_t clock;
    struct timespec time;
    errno = clock_getcpuclockid(pid, &clock);
    if (errno != 0 || clock_gettime(clock, &time) != 0) {
        fail("read the processor time of the service");
    }
    return time.tv_sec * SECOND + time.tv_nsec;
}

/* A figure of /proc/PID/status. */
static long long status_of(pid_t pid, const char *name) {
    char path[64], line[256];
    long long value = -1;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *status = fopen(path, "re");
    if (status == NULL) {
        fail("%s", path);
    }
    while (fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':') {
            value = atoll(line + strlen(name) + 1);
        }
    }
    fclose(status);
    return value;
}

static int open_files(pid_t pid) {
    char path[64];
    int count = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *folder = opendir(path);
    if (folder == NULL) {
        fail("%s", path);
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        count += entry->d_name[0] != '.';
    }
    closedir(folder);
    return count;
}

static void print_size(const struct candidate *candidate, const char *when) {
    char measure[64];
    snprintf(measure, sizeof measure, "RSS %s", when);
    print(candidate, measure, status_of(candidate->service_pid, "VmRSS") * 1024, 0);
    snprintf(measure, sizeof measure, "threads %s", when);
    print(candidate, measure, status_of(candidate->service_pid, "Threads"), 0);
    snprintf(measure, sizeof measure, "files %s", when);
    print(candidate, measure, open_files(candidate->service_pid), 0);
}

/* ---- what can be measured --------------------------------------------------------------------------------------- */

/* A service has been called before when it matters how fast it is; its first call is measured by `start`. */
static void let_it_serve(struct candidate *candidate) {
    int asked = parallel;
    parallel = 1;
    for (int round = 0; round < SERVED_BEFORE; round++) {
        run_round(candidate, 0, 0);
    }
    parallel = asked;
}

static void measure_calls(void) {
    for (int i = 0; i < candidate_count; i++) {
        if (candidates[i].service != NULL) {
            let_it_serve(&candidates[i]);
        }
    }
    for (int round = 0; round < warm_up + rounds; round++) {
        for (int i = 0; i < candidate_count; i++) {
            run_round(&candidates[(round + i) % candidate_count], round >= warm_up, 1);
        }
    }
}

/* Ends with its parent. */
static void serve(const struct container *container) {
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(SERVER_PORT)};
    int network = checked(open(container->path, O_RDONLY | O_CLOEXEC), container->path);
    checked(setns(network, CLONE_NEWNET), "enter the container");
    int listener = checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "open a socket");
    checked(bind(listener, (struct sockaddr *)&any, sizeof any), "bind the server's port");
    checked(listen(listener, CONNECTIONS), "listen");
    if (checked(fork(), "start a server") == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            close(accept(listener, NULL, NULL));
        }
    }
    close(listener);
    close(network);
}

/* Ended by a reset, so that no port is kept for a connection that is over. */
static int connect_once(void) {
    struct sockaddr_in host = {
        .sin_family = AF_INET, .sin_port = htons(MAPPED_PORT), .sin_addr.s_addr = htonl(HOST_ADDRESS)};
    struct linger at_once = {.l_onoff = 1};
    int client = checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "open a socket");
    checked(setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), "let a connection end at once");
    int connected = connect(client, (struct sockaddr *)&host, sizeof host);
    close(client);
    return connected;
}

static void connect_from_outside(struct candidate *candidate, int is_measured) {
    int failed = 0;
    enter_host(candidate);
    int outside = checked(open(OUTSIDE, O_RDONLY | O_CLOEXEC), OUTSIDE);
    checked(setns(outside, CLONE_NEWNET), "enter " OUTSIDE);
    long long begin = now();
    for (int i = 0; i < CONNECTIONS; i++) {
        failed += connect_once() != 0;
    }
    long long took = now() - begin;
    close(outside);
    enter(home_mounts, home_network);
    if (is_measured) {
        print(candidate, "CONNECT", took / CONNECTIONS, failed);
    }
    let_the_kernel_finish();
}

static void measure_connections(void) {
    static struct container attached[MAX_CANDIDATES];
    for (int i = 0; i < candidate_count; i++) {
        int failed;
        enter_host(&candidates[i]);
        make_container(&candidates[i], &attached[i]);
        call_all(&candidates[i], "ADD", &attached[i], &failed);
        if (failed > 0) {
            errno = ECHILD;
            fail("%s: attach a container", candidates[i].name);
        }
        serve(&attached[i]);
        enter(home_mounts, home_network);
    }
    for (int round = 0; round < warm_up + rounds; round++) {
        for (int i = 0; i < candidate_count; i++) {
            connect_from_outside(&candidates[(round + i) % candidate_count], round >= warm_up);
        }
    }
}

static void measure_start(struct candidate *candidate) {
    for (int round = 0; round < warm_up + rounds; round++) {
        struct container container;
        int failed;
        enter_host(candidate);
        make_container(candidate, &container);
        let_the_kernel_finish();
        long long begin = now();
        start_service(candidate);
        long long accepts = now() - begin;
        call_all(candidate, "ADD", &container, &failed);
        long long took = now() - begin;
        if (round >= warm_up) {
            print(candidate, "accepts", accepts, 0);
            print(candidate, "first ADD", took, failed);
        }
        call_all(candidate, "DEL", &container, &failed);
        remove_container(&container);
        stop_service(candidate);
        enter(home_mounts, home_network);
        let_the_kernel_finish();
    }
}

static void measure_memory(struct candidate *candidate) {
    pause_for(SECOND);
    print_size(candidate, "at start");
    for (int round = 1; round <= rounds; round++) {
        run_round(candidate, 1, 0);
        if (round * 2 == rounds) {
            pause_for(SECOND);
            print_size(candidate, "half-way");
        }
    }
    pause_for(SECOND);
    print_size(candidate, "at the end");
}

static void measure_idle(struct candidate *candidate) {
    run_round(candidate, 0, 1);
    pause_for(3 * SECOND);
    long long before = processor_time(candidate->service_pid);
    pause_for(seconds * SECOND);
    print(candidate, "idle", (processor_time(candidate->service_pid) - before) / seconds, 0);
}

static void report_cold_calls(void) {
    for (int i = 0; i < candidate_count; i++) {
        if (candidates[i].service != NULL && candidates[i].cold_calls > 0) {
            fprintf(stderr, "drive: %s: the service did not answer %ld of %ld calls, so they went cold\n",
                    candidates[i].name, candidates[i].cold_calls, candidates[i].calls);
            print(&candidates[i], "cold calls", candidates[i].cold_calls, 0);
        }
    }
}

/* ---- options ---------------------------------------------------------------------------------------------------- */

static char *read_file(const char *path) {
    char *content = calloc(1, MAX_ANSWER);
    int file = checked(open(path, O_RDONLY | O_CLOEXEC), path);
    checked((int)read(file, content, MAX_ANSWER - 1), path);
    close(file);
    return content;
}

static void set_option(const char *name, char *value) {
    struct candidate *candidate = &candidates[candidate_count == 0 ? 0 : candidate_count - 1];
    struct plugin *plugin = &candidate->plugins[candidate->plugin_count == 0 ? 0 : candidate->plugin_count - 1];
    if (strcmp(name, "--candidate") == 0 && candidate_count < MAX_CANDIDATES) {
        candidates[candidate_count++].name = value;
    } else if (strcmp(name, "--program") == 0 && candidate->plugin_count < MAX_PLUGINS) {
        candidate->plugins[candidate->plugin_count++].arguments[0] = value;
    } else if (strcmp(name, "--argument") == 0 && plugin->argument_count < MAX_ARGUMENTS) {
        plugin->arguments[++plugin->argument_count] = value;
    } else if (strcmp(name, "--configuration") == 0) {
        plugin->configuration = read_file(value);
    } else if (strcmp(name, "--path") == 0) {
        candidate->path = value;
    } else if (strcmp(name, "--prepare") == 0) {
        candidate->prepare = value;
    } else if (strcmp(name, "--service") == 0) {
        candidate->service = value;
    } else if (strcmp(name, "--rounds") == 0) {
        rounds = atoi(value);
    } else if (strcmp(name, "--warm-up") == 0) {
        warm_up = atoi(value);
    } else if (strcmp(name, "--parallel") == 0) {
        parallel = atoi(value);
    } else if (strcmp(name, "--seconds") == 0) {
        seconds = atoi(value);
    } else if (strcmp(name, "--verbs") == 0) {
        verbs = value;
    } else {
        errno = EINVAL;
        fail("%s", name);
    }
}

/* 200 calls in parallel have four files each open here. */
static void allow_many_files(void) {
    struct rlimit limit;
    checked(getrlimit(RLIMIT_NOFILE, &limit), "read the limit of open files");
    if (limit.rlim_cur < 4096) {
        limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
        checked(setrlimit(RLIMIT_NOFILE, &limit), "raise the limit of open files");
    }
}

int main(int count, char **arguments) {
    const char *mode = count > 1 ? arguments[1] : "";
    for (int i = 2; i + 1 < count; i += 2) {
        set_option(arguments[i], arguments[i + 1]);
    }
    allow_many_files();
    checked(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "keep mounts private");
    home_mounts = this_namespace("mnt");
    home_network = this_namespace("net");
    int starts_itself = strcmp(mode, "start") == 0;
    for (int i = 0; i < candidate_count; i++) {
        make_host(&candidates[i]);
        if (candidates[i].service != NULL && !starts_itself) {
            enter_host(&candidates[i]);
            start_service(&candidates[i]);
            enter(home_mounts, home_network);
        }
    }
    if (strcmp(mode, "calls") == 0) {
        measure_calls();
    } else if (strcmp(mode, "connect") == 0) {
        measure_connections();
    } else if (starts_itself) {
        measure_start(&candidates[0]);
    } else if (strcmp(mode, "memory") == 0) {
        measure_memory(&candidates[0]);
    } else if (strcmp(mode, "idle") == 0) {
        measure_idle(&candidates[0]);
    } else {
        errno = EINVAL;
        fail("%s", mode);
    }
    report_cold_calls();
    for (int i = 0; i < candidate_count; i++) {
        if (candidates[i].service != NULL && !starts_itself) {
            stop_service(&candidates[i]);
        }
    }
    return EXIT_SUCCESS;
}
