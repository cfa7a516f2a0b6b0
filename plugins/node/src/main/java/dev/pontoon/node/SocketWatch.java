package dev.pontoon.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Notices when callers cannot find a socket any more, because its file was removed or is another's.
 * The kernel tells (inotify(7)), so that nobody has to look while nothing happens.
 */
final class SocketWatch {
    private final Path socket;
    private final @Nullable Object identity;

    /** Of a socket as it is now. */
    SocketWatch(Path socket) {
        this.socket = socket;
        this.identity = identity();
    }

    /** What tells the file from another of that name; null if there is none. */
    private @Nullable Object identity() {
        try {
            return Files.readAttributes(socket, BasicFileAttributes.class).fileKey();
        } catch (IOException e) {
            return null;
        }
    }

    /**
     * Waits until the file is gone or another.
     *
     * @throws IOException if the kernel has no more watches to give
     */
    void awaitLoss() throws IOException, InterruptedException {
        Path folder = socket.resolveSibling("");
        try (WatchService watch = folder.getFileSystem().newWatchService()) {
            WatchKey changes =
                    folder.register(
                            watch,
                            StandardWatchEventKinds.ENTRY_CREATE,
                            StandardWatchEventKinds.ENTRY_DELETE);
            while (Objects.equals(identity, identity())) {
                watch.take();
                changes.pollEvents();
                changes.reset();
            }
        }
    }
}
