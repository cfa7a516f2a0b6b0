/*
 * What a container runtime executes as `bridge`, `loopback` or any other plugin: every name in bin/ is
 * a link to this one program. It hands the call over to the resident service; if there is none, it
 * starts the bundled Java with the name of the plugin, passes signals on, and turns the end of Java
 * into what CNI asks for: an exit status and one JSON document. Under the name `pontoon` it is the
 * command of whoever runs the node.
 *
 * Between Java and this program there is one agreement, the exit status of Java:
 *    0   it succeeded; what it had to say is on standard output
 *   10   it failed, and printed one JSON error document on standard output
 *   any other end: it printed nothing there, so this program prints the error document
 */
#define _GNU_SOURCE
#include "failure.h"
#include "handover.h"
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { JAVA_SUCCEEDED = 0, JAVA_REPORTED = 10, USAGE = 2 };

/* Where this program is installed; all paths are absolute and free of links. */
struct home {
    char *launcher;
    char *prefix;
    char *java;
    char *jar;
};

/* The signals that ask a call to stop, and what this process inherited before it touched them. */
struct signals {
    sigset_t stop; /* those of SIGTERM, SIGINT, SIGHUP that the caller does not ignore */
    sigset_t inherited_mask;
    struct sigaction inherited_pipe;
};

/*
 * BUILD, given to the compiler, names what this program, its jar and its AOT cache were made from. It is not looked up
 * in a file: to find that takes a tenth of this program's time.
 */
#ifndef BUILD
#error "compile with -DBUILD=..., as scripts/package does"
#endif

/* Start-up time decides over each of these; the bench has the figures. */
static const char *const JVM_OPTIONS[] = {
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    /* Compiling a method costs more than a call gets out of it; a configuration of 10 MB is compiled all the same. */
    "-XX:CompileThresholdScaling=10",
    "-XX:-UsePerfData",
    "-Xmx256m", /* a bound, not a cost: a configuration of 10 MB of small objects takes 100 MB when parsed */
    "-XX:+UnlockDiagnosticVMOptions",
    "-XX:ArchiveRelocationMode=0",
    "-XX:-UseContainerSupport",
    "-XX:+DisableAttachMechanism",
    /* Standard output belongs to the result: warnings and thread dumps go to standard error. A crash report
       cannot be kept off standard output, so there is none; nor is anything left in the caller's folder. */
    "-XX:+DisplayVMOutputToStderr",
    "-XX:+SuppressFatalErrorMessage",
    "-XX:-CreateCoredumpOnCrash",
    "-XX:-DumpReplayDataOnError",
    "-Xlog:disable",
    "-Xlog:all=warning:stderr",
    "-Djdk.reflect.useNativeAccessorOnly=true",
    /* JNA makes a logger. While no configuration can be read, logging looks for no other makers of loggers. */
    "-Djava.util.logging.config.file=/nonexistent",
    /* JNA loads the one library beside the jar; otherwise it unpacks a copy and runs ldconfig. */
    "-Djna.nosys=true",
    "-Djna.noclasspath=true",
    "-Djna.platform.library.path=/nonexistent",
    "--enable-native-access=ALL-UNNAMED",
};
enum { JVM_OPTION_COUNT = sizeof JVM_OPTIONS / sizeof *JVM_OPTIONS };

/*
 * What the resident service has beside these: many threads, little memory, which goes back once it is free, and methods
 * that are compiled when they have run ten times. Java looks every quarter of a second for locks nobody waits for any
 * more, and every second for tables to clean; once a minute is enough: it was most of what an idle service did.
 */
static const char *const SERVICE_OPTIONS[] = {
    "-Xms12m", "-Xmx18m", "-Xmn6m", "-Xss256k", "-XX:MinHeapFreeRatio=10", "-XX:MaxHeapFreeRatio=20", "-XX:CompileThresholdScaling=0.05",
    "-XX:AsyncDeflationInterval=0", "-XX:ServiceThreadCleanupInterval=60000",
};
enum { SERVICE_OPTION_COUNT = sizeof SERVICE_OPTIONS / sizeof *SERVICE_OPTIONS };

/* A file that Java opens must never become its standard input or output. */
static void open_missing_streams(void) {
    /* A closed output stays unwritable, so that a result which nobody can get is not called a success. */
    static const int modes[] = {O_RDONLY, O_RDONLY, O_WRONLY};
    for (int stream = 0; stream <= 2; stream++) {
        if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", modes[stream]) != stream) {
            exit(fail(CODE_INTERNAL, text("open /dev/null in place of a closed stream %d: %s", stream, strerror(errno)),
                      "Plugins need /dev/null, or a caller that passes standard input, output and error."));
        }
    }
}

static char *parent_folder(const char *path) {
    const char *slash = strrchr(path, '/');
    return text("%.*s", slash == NULL ? 0 : (int)(slash - path), path);
}

/* The program's own file says where the rest is, whatever link the caller went through. */
static struct home find_home(void) {
    char path[PATH_MAX + 1];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length < 0) {
        exit(fail(CODE_INTERNAL, text("find where Pontoon is installed: read /proc/self/exe: %s", strerror(errno)),
                  "Mount /proc where plugins are called."));
    }
    path[length] = '\0';
    struct home home = {.launcher = text("%s", path), .prefix = parent_folder(parent_folder(path))};
    home.java = text("%s/runtime/bin/java", home.prefix);
    home.jar = text("%s/lib/pontoon.jar", home.prefix);
    return home;
}

/* What every start of Java has in common, and what an AOT cache has to be trained with. NULL-terminated. */
static const char **common_arguments(const struct home *home, const char **next) {
    *next++ = home->java;
    for (int i = 0; i < JVM_OPTION_COUNT; i++) {
        *next++ = JVM_OPTIONS[i];
    }
    *next++ = text("-Djna.boot.library.path=%s/lib", home->prefix);
    *next++ = text("-Dpontoon.home=%s", home->prefix);
    *next++ = text("-Dpontoon.launcher=%s", home->launcher);
    *next++ = "-Dpontoon.build=" BUILD;
    /* The boot loader takes classes from an AOT cache in a third of the time that the application's loader needs. */
    *next++ = text("-Xbootclasspath/a:%s", home->jar);
    /* A class path there must be, and it is not to be that of the caller's environment. */
    *next++ = "-cp";
    *next++ = home->jar;
    *next = NULL;
    return next;
}

static const char **add_cache(const struct home *home, const char **next) {
    char *cache = text("%s/lib/pontoon-" BUILD ".aot", home->prefix);
    if (access(cache, R_OK) == 0) {
        *next++ = text("-XX:AOTCache=%s", cache);
    }
    return next;
}

static const char **java_arguments(const struct home *home, const char *plugin) {
    static const char *arguments[JVM_OPTION_COUNT + 16];
    const char **next = add_cache(home, common_arguments(home, arguments));
    const char *locale = getenv("LC_ALL");
    if (locale != NULL) {
        *next++ = text("-Dpontoon.lc_all=%s", locale);
    }
    *next++ = "dev.pontoon.node.Main";
    *next++ = plugin;
    *next = NULL;
    return arguments;
}

/* Java decodes its environment, its arguments and file names as LC_ALL says, and obeys variables of its own. */
static void prepare_environment(void) {
    unsetenv("JAVA_TOOL_OPTIONS");
    unsetenv("JDK_JAVA_OPTIONS");
    unsetenv("_JAVA_OPTIONS");
    if (setenv("LC_ALL", "C.UTF-8", 1) != 0) {
        exit(fail(CODE_INTERNAL, "start a plugin: no memory left", "Free memory on this node."));
    }
}

/* Holds signals back, so that none is lost between here and the end of Java. */
static struct signals hold_signals(void) {
    static const int stops[] = {SIGTERM, SIGINT, SIGHUP};
    struct signals signals;
    sigemptyset(&signals.stop);
    for (int i = 0; i < 3; i++) {
        struct sigaction action;
        sigaction(stops[i], NULL, &action);
        if (action.sa_handler != SIG_IGN) {
            sigaddset(&signals.stop, stops[i]);
        }
    }
    sigset_t held = signals.stop;
    sigaddset(&held, SIGCHLD);
    sigprocmask(SIG_BLOCK, &held, &signals.inherited_mask);
    /* A caller that ignores SIGCHLD would otherwise cost us the exit status of Java. */
    sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
    sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, &signals.inherited_pipe);
    return signals;
}

/* Runs in the child; returns only if Java could not be started. */
static void become_java(const char **arguments, const struct signals *signals, int input, pid_t parent) {
    /* Whoever kills this launcher means the call: Java then undoes what it began. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) {
        _exit(EXIT_FAILURE);
    }
    if (input != STDIN_FILENO && dup2(input, STDIN_FILENO) < 0) {
        return;
    }
    sigaction(SIGPIPE, &signals->inherited_pipe, NULL);
    sigprocmask(SIG_SETMASK, &signals->inherited_mask, NULL);
    /* execv(3) writes to no argument; its prototype is older than const. */
    execv(arguments[0], (char *const *)arguments);
}

/* Returns the process of Java, or -1 with errno as fork(2), pipe(2) or execve(2) left it. */
static pid_t start_java(const char **arguments, const struct signals *signals, int input) {
    int failure[2]; /* closed by a successful exec, or else tells its errno */
    if (pipe2(failure, O_CLOEXEC) != 0) {
        return -1;
    }
    pid_t launcher = getpid();
    pid_t child = fork();
    if (child == 0) {
        become_java(arguments, signals, input, launcher);
        ssize_t told = write(failure[1], &errno, sizeof errno);
        _exit(told < 0 ? EXIT_FAILURE : JAVA_REPORTED);
    }
    int reason = errno;
    close(failure[1]);
    if (child > 0 && read(failure[0], &reason, sizeof reason) > 0) {
        waitpid(child, NULL, 0);
        child = -1;
    }
    close(failure[0]);
    errno = reason;
    return child;
}

/* How Java ended, and the last signal that asked this process to stop meanwhile; 0 for none. */
struct end {
    int status;
    int stopped;
};

/* Passes signals on until Java ends, however long its roll-back takes. */
static struct end await_java(pid_t java, const struct signals *signals) {
    struct end end = {0};
    sigset_t awaited = signals->stop;
    sigaddset(&awaited, SIGCHLD);
    for (;;) {
        int signal = sigwaitinfo(&awaited, NULL);
        if (signal > 0 && signal != SIGCHLD) {
            end.stopped = signal;
        }
        if (waitpid(java, &end.status, WNOHANG) != 0) {
            return end;
        }
        if (signal > 0 && signal != SIGCHLD) {
            kill(java, signal);
        }
    }
}

static const char *name_of(int signal) {
    return signal == SIGTERM ? "SIGTERM" : signal == SIGINT ? "SIGINT" : "SIGHUP";
}

static int report_stop(const char *plugin, int signal) {
    return fail(CODE_STOPPED, text("%s was stopped by %s before it had changed anything", plugin, name_of(signal)),
                "The call may be repeated.");
}

static int report_end(const char *plugin, struct end end, const struct signals *signals) {
    int status = end.status;
    if (WIFEXITED(status) && WEXITSTATUS(status) == JAVA_SUCCEEDED) {
        return EXIT_SUCCESS;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == JAVA_REPORTED) {
        return EXIT_FAILURE;
    }
    /* A JVM that a signal stops before main has begun exits with 128 and the signal's number. */
    int signal = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status) - 128;
    if (signal > 0 && sigismember(&signals->stop, signal) == 1) {
        return report_stop(plugin, signal);
    }
    /* A JVM that is asked to stop while it builds itself up may end with any status. */
    if (WIFEXITED(status) && end.stopped != 0) {
        return fail(CODE_STOPPED, text("%s was stopped by %s, and ended with status %d", plugin, name_of(end.stopped),
                                       WEXITSTATUS(status)),
                    "The call may be repeated; DEL removes what it may have left behind.");
    }
    if (WIFSIGNALED(status)) {
        return fail(CODE_INTERNAL, text("%s was ended by signal %d (%s)", plugin, signal, strsignal(signal)),
                    "If nobody sent it, memory ran out: see dmesg. DEL removes what the call has left behind.");
    }
    return fail(CODE_INTERNAL, text("%s ended with status %d and no answer", plugin, WEXITSTATUS(status)),
                "If standard error does not say why, memory ran out. DEL removes what the call has left behind.");
}

/* The service sees that its caller is gone, and undoes the call; or it has ended itself. */
static int report_lost_call(const char *plugin, int signal) {
    return fail(CODE_STOPPED, text("%s was stopped by %s while the service had it", plugin, name_of(signal)),
                "The call may be repeated; DEL removes what it may have left behind.");
}

static int call_plugin(const char *plugin) {
    struct signals signals = hold_signals();
    int stopped = sigtimedwait(&signals.stop, NULL, &(struct timespec){0});
    if (stopped > 0) {
        return report_stop(plugin, stopped);
    }
    struct handover handover = hand_over(plugin, &signals.stop);
    if (handover.status != NOT_SERVED) {
        return handover.status;
    }
    if (handover.stopped != 0) {
        return report_lost_call(plugin, handover.stopped);
    }
    struct home home = find_home();
    const char **arguments = java_arguments(&home, plugin);
    prepare_environment();
    pid_t java = start_java(arguments, &signals, handover.input);
    if (java < 0) {
        return fail(CODE_INTERNAL, text("start %s for %s: %s", home.java, plugin, strerror(errno)),
                    "A plugin is a link into Pontoon's folder, never a copy of a file: scripts/install sets it up.");
    }
    return report_end(plugin, await_java(java, &signals), &signals);
}

static int print_version(const char *plugin) {
    struct home home = find_home();
    printf("%s of Pontoon, build " BUILD ", in %s\n", plugin, home.prefix);
    return EXIT_SUCCESS;
}

static int print_help(const char *plugin) {
    struct home home = find_home();
    printf("%s: a CNI plugin of Pontoon.\n\n"
           "A container runtime calls it, with CNI_COMMAND (ADD, DEL, CHECK, GC, STATUS, VERSION) and the other\n"
           "CNI_* variables in the environment and the network configuration as JSON on standard input. It\n"
           "answers with one JSON document on standard output. To see one answer:\n\n"
           "  echo '{\"cniVersion\":\"1.1.0\"}' | CNI_COMMAND=VERSION %s/bin/%s\n\n",
           plugin, home.prefix, plugin);
    return print_version(plugin);
}

static int become(const struct home *home, const char **arguments) {
    prepare_environment();
    execv(arguments[0], (char *const *)arguments);
    fprintf(stderr, "pontoon: start %s: %s\n", home->java, strerror(errno));
    return EXIT_FAILURE;
}

/* As a daemon is: in a session of its own, in no folder that somebody may want to unmount. */
static int become_service(const struct home *home, int in_background) {
    const char *arguments[JVM_OPTION_COUNT + SERVICE_OPTION_COUNT + 20];
    const char **next = add_cache(home, common_arguments(home, arguments));
    for (int i = 0; i < SERVICE_OPTION_COUNT; i++) {
        *next++ = SERVICE_OPTIONS[i];
    }
    *next++ = text("-Dpontoon.namespaces=%s", own_namespaces());
    *next++ = text("-Dpontoon.mounts=%s", own_mounts());
    *next++ = text("-Dpontoon.keeper=%s", in_background ? "nobody" : "a supervisor");
    *next++ = "dev.pontoon.node.Service";
    *next = NULL;
    if (in_background) {
        setsid();
    }
    umask(022);
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    if (chdir("/") != 0) {
        perror("pontoon: change to /");
        return EXIT_FAILURE;
    }
    return become(home, arguments);
}

/* `pontoon service run` is for supervisors and starts at once; every other command is read by Java. */
static int run_command(int argc, char **argv) {
    struct home home = find_home();
    if (argc >= 3 && strcmp(argv[1], "service") == 0 && strcmp(argv[2], "run") == 0) {
        int in_background = argc == 4 && strcmp(argv[3], "--background") == 0;
        if (argc == 3 || in_background) {
            return become_service(&home, in_background);
        }
    }
    const char **arguments = calloc(JVM_OPTION_COUNT + 20 + (size_t)argc, sizeof *arguments);
    if (arguments == NULL) {
        perror("pontoon");
        return EXIT_FAILURE;
    }
    const char **next = add_cache(&home, common_arguments(&home, arguments));
    *next++ = "dev.pontoon.operator.PontoonCommand";
    for (int i = 1; i < argc; i++) {
        *next++ = argv[i];
    }
    *next = NULL;
    return become(&home, arguments);
}

/* Under its own name it is no plugin. scripts/package asks it how it starts Java. */
static int run_as_itself(const char *option) {
    struct home home = find_home();
    if (strcmp(option, "--java-command") == 0) {
        const char *arguments[JVM_OPTION_COUNT + 16];
        common_arguments(&home, arguments);
        for (const char **argument = arguments; *argument != NULL; argument++) {
            puts(*argument);
        }
        return EXIT_SUCCESS;
    }
    fprintf(stderr,
            "usage: PLUGIN [--help | --version], where PLUGIN is one of the links in %s/bin\n"
            "       launcher --java-command   prints how plugins start Java, one argument a line\n",
            home.prefix);
    return USAGE;
}

int main(int argc, char **argv) {
    open_missing_streams();
    const char *name = argc > 0 ? basename(argv[0]) : "launcher";
    const char *option = argc > 1 ? argv[1] : "";
    if (*name == '\0' || strcmp(name, "launcher") == 0) {
        return run_as_itself(option);
    }
    if (strcmp(name, "pontoon") == 0) {
        return run_command(argc, argv);
    }
    if (strcmp(option, "--help") == 0) {
        return print_help(name);
    }
    if (strcmp(option, "--version") == 0) {
        return print_version(name);
    }
    return call_plugin(name);
}
