package dev.pontoon.linux;

import dev.pontoon.linux.uapi.Files;
import dev.pontoon.linux.uapi.Namespaces;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An open network namespace. While it is open the namespace lives, whatever happens to its path.
 *
 * <p>The surprising fact: a thread that starts another thread inside a namespace leaves that one
 * there for ever, and so keeps the namespace alive. A task given to {@link #inside} therefore
 * starts none, directly or through a pool, and executes no program.
 */
public final class NetworkNamespace implements AutoCloseable {
    // Not /proc/self: that is where the process' first thread is.
    private static final String OWN_NAMESPACE = "/proc/thread-self/ns/net";
    // EX_OSERR of sysexits.h
    private static final int STRANDED = 71;
    private static final int STANDARD_ERROR = 2;

    private final String path;
    private final Descriptor namespace;
    private final Identity identity;

    /**
     * What tells two namespaces apart while both exist; numbers of a dead one are used again.
     *
     * @param device the device number of the namespace file system, as {@code stat -Lc %d} prints
     *     it
     * @param inode the namespace's number, as in {@code net:[4026531840]}
     */
    public record Identity(long device, long inode) {

        // Spelled out for the sake of a cold start; see FileIdentity.
        @Override
        public boolean equals(Object other) {
            return other instanceof Identity that && device == that.device && inode == that.inode;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(inode);
        }
    }

    private NetworkNamespace(String path, Descriptor namespace) {
        this.path = path;
        this.namespace = namespace;
        FileIdentity file = Libc.identity(namespace.value(), "");
        this.identity = new Identity(file.device(), file.inode());
    }

    /**
     * Opens the namespace a path leads to: a bind mount, {@code /proc/PID/ns/net}, {@code
     * /proc/PID/fd/N}. Looks before it opens, so a FIFO does not block and no device is woken up.
     *
     * <p>Throws {@link NotANamespaceException} if the path leads elsewhere or nowhere, and {@link
     * KernelException} if it cannot be told (no permission, too many open files).
     */
    public static NetworkNamespace open(String path) {
        return open(path, path);
    }

    /**
     * As {@link #open(String)}, for a path that another process has opened already: {@code opened},
     * its {@code /proc/PID/fd/N}, leads to what the path led to for that process.
     */
    public static NetworkNamespace open(String path, String opened) {
        if (path.isEmpty() || path.indexOf('\0') >= 0) {
            throw new NotANamespaceException(path, "the path is empty or broken", path.isEmpty());
        }
        try (Descriptor found = locate(path, opened)) {
            requireNamespaceFile(found, path);
            String ours = "/proc/self/fd/" + found.value();
            Descriptor namespace = Libc.open(ours, Files.O_RDONLY | Files.O_CLOEXEC, 0);
            try {
                requireNetwork(namespace, path);
                return new NetworkNamespace(path, namespace);
            } catch (RuntimeException e) {
                namespace.close();
                throw e;
            }
        }
    }

    /** Whether the calling thread is in this namespace. */
    public boolean isCurrent() {
        FileIdentity own = Libc.identity(Files.AT_FDCWD, OWN_NAMESPACE);
        return identity.equals(new Identity(own.device(), own.inode()));
    }

    /** The calling thread's own namespace. */
    public static NetworkNamespace current() {
        return open(OWN_NAMESPACE);
    }

    private static Descriptor locate(String path, String opened) {
        try {
            return Libc.open(opened, Files.O_PATH | Files.O_CLOEXEC, 0);
        } catch (KernelException e) {
            // ESRCH and ENOENT also come from the link of a process that is dead but not yet
            // buried.
            boolean missing = e.is(Errno.ENOENT) || e.is(Errno.ESRCH) || e.is(Errno.ENOTDIR);
            if (missing || e.is(Errno.ELOOP) || e.is(Errno.ENAMETOOLONG)) {
                throw new NotANamespaceException(path, Errno.describe(e.errno()), missing);
            }
            throw e.retold("open network namespace " + path);
        }
    }

    private static void requireNamespaceFile(Descriptor file, String path) {
        long type = Libc.fileSystemType(file);
        if (type != Namespaces.NSFS_MAGIC && type != Namespaces.PROC_SUPER_MAGIC) {
            throw new NotANamespaceException(
                    path,
                    "not a namespace but an ordinary file or directory (file system 0x"
                            + Long.toHexString(type)
                            + "), as an unmounted namespace leaves behind",
                    false);
        }
    }

    private static void requireNetwork(Descriptor file, String path) {
        int type;
        try {
            type = Libc.ioctl(file, Namespaces.NS_GET_NSTYPE, "ask for the type of namespace");
        } catch (KernelException e) {
            // A file of /proc that is no namespace knows other requests, or none.
            throw new NotANamespaceException(path, "not a namespace", false);
        }
        if (type != Namespaces.CLONE_NEWNET) {
            throw new NotANamespaceException(path, "a namespace, but not of the network", false);
        }
    }

    /** Device and inode of the namespace itself, the same for all paths that lead to it. */
    public Identity identity() {
        return identity;
    }

    /** Whether both are one and the same namespace. */
    public boolean sameAs(NetworkNamespace other) {
        return identity.equals(other.identity);
    }

    /** The open descriptor, for IFLA_NET_NS_FD. It remains this object's to close. */
    public int fd() {
        return namespace.value();
    }

    /** The path as it was given to {@link #open}. */
    public String path() {
        return path;
    }

    /**
     * Runs a task inside the namespace, on a thread of its own, and waits for it. Whatever the task
     * throws comes out of here unchanged. An interrupt does not end the wait, for the task would go
     * on unseen; the caller's interrupt flag is set again afterwards.
     */
    public <T extends @Nullable Object> T inside(Supplier<T> task) {
        Visit<T> visit = new Visit<>(this, task);
        Thread thread =
                Thread.ofPlatform()
                        .name("netns")
                        .inheritInheritableThreadLocals(false)
                        .unstarted(visit);
        thread.start();
        joinUninterruptibly(thread);
        return visit.outcome();
    }

    /** As {@link #inside(Supplier)}, for a task without a result. */
    public void inside(Runnable task) {
        inside(
                new Supplier<@Nullable Object>() {
                    @Override
                    public @Nullable Object get() {
                        task.run();
                        return null;
                    }
                });
    }

    /** A socket for rtnetlink that works on this namespace, from whichever thread it is used. */
    public NetlinkSocket routeSocket() {
        return NetlinkSocket.route(this);
    }

    /**
     * A socket for nfnetlink (nftables) that works on this namespace, from whichever thread it is
     * used.
     */
    public NetlinkSocket netfilterSocket() {
        return NetlinkSocket.netfilter(this);
    }

    /**
     * socket(2) in this namespace. The calling thread goes there for that one call and comes back:
     * a thread of its own, as {@link #inside} has, costs more than everything else that a socket
     * needs.
     */
    Descriptor socket(int domain, int type, int protocol) {
        try (Descriptor home = Libc.open(OWN_NAMESPACE, Files.O_RDONLY | Files.O_CLOEXEC, 0)) {
            enter();
            try {
                return Libc.socket(domain, type, protocol);
            } finally {
                returnTo(home);
            }
        }
    }

    /**
     * A thread that cannot come back would do the rest of its work, and the next call's, in a
     * container: nothing is safe then but the end of the process.
     */
    private static void returnTo(Descriptor home) {
        try {
            Libc.setns(home, Namespaces.CLONE_NEWNET);
        } catch (RuntimeException | Error e) {
            endProcess("pontoon: come back from a network namespace: " + e.getMessage() + "\n");
        }
    }

    private static void endProcess(String why) {
        try {
            byte[] line = why.getBytes(StandardCharsets.UTF_8);
            Libc.write(new Descriptor(STANDARD_ERROR), line, line.length, "standard error");
        } finally {
            Runtime.getRuntime().halt(STRANDED);
        }
    }

    private void enter() {
        try {
            Libc.setns(namespace, Namespaces.CLONE_NEWNET);
        } catch (KernelException e) {
            throw e.retold("enter network namespace " + path);
        }
    }

    private static void joinUninterruptibly(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return path + " (net:[" + identity.inode + "])";
    }

    @Override
    public void close() {
        namespace.close();
    }

    /**
     * One task's stay in the namespace. The thread ends with it, so nothing has to find its way
     * back.
     */
    private static final class Visit<T extends @Nullable Object> implements Runnable {
        private final NetworkNamespace namespace;
        private final Supplier<T> task;
        private @Nullable T result;
        private @Nullable Throwable thrown;

        Visit(NetworkNamespace namespace, Supplier<T> task) {
            this.namespace = namespace;
            this.task = task;
        }

        @Override
        public void run() {
            try {
                namespace.enter();
                result = task.get();
            } catch (Throwable e) {
                thrown = e;
            }
        }

        @SuppressWarnings("NullAway") // null only where T itself is nullable
        T outcome() {
            if (thrown != null) {
                throw Visit.<RuntimeException>unchanged(thrown);
            }
            return result;
        }

        // Lets a checked exception of a foreign task through as it is.
        @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
        private static <E extends Throwable> E unchanged(Throwable thrown) throws E {
            throw (E) thrown;
        }
    }
}
