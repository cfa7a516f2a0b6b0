package dev.pontoon.testing;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Which processes have a file open, and what each of their threads is waiting for in the kernel: to
 * be told when a process that should have ended did not. See proc_pid_fd(5) and proc_pid_wchan(5).
 */
final class Holders {
    private Holders() {}

    /** A paragraph for each process but this one; for people. */
    static String of(List<Path> files) {
        List<String> holders = new ArrayList<>();
        for (Path process : children(Path.of("/proc"), "[0-9]*")) {
            boolean isThis = process.endsWith(Long.toString(ProcessHandle.current().pid()));
            if (!isThis && hasOpen(process, files)) {
                holders.add(portrait(process));
            }
        }
        return String.join("\n", holders);
    }

    private static boolean hasOpen(Path process, List<Path> files) {
        return children(process.resolve("fd"), "*").stream()
                .anyMatch(descriptor -> files.stream().anyMatch(file -> same(descriptor, file)));
    }

    private static boolean same(Path descriptor, Path file) {
        try {
            return Files.isSameFile(descriptor, file);
        } catch (IOException _) {
            // It was closed meanwhile.
            return false;
        }
    }

    private static String portrait(Path process) {
        var text = new StringBuilder(process + " " + read(process.resolve("cmdline")));
        text.append("\n").append(read(process.resolve("status")));
        for (Path thread : children(process.resolve("task"), "*")) {
            text.append("  thread ")
                    .append(read(thread.resolve("comm")).strip())
                    .append(" waits in ")
                    .append(read(thread.resolve("wchan")))
                    .append(", system call ")
                    .append(read(thread.resolve("syscall")));
        }
        return text.toString();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).replace('\0', ' ');
        } catch (IOException e) {
            return "(unreadable: " + e.getMessage() + ")";
        }
    }

    private static List<Path> children(Path folder, String glob) {
        List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, glob)) {
            stream.forEach(children::add);
        } catch (IOException _) {
            // The process has ended, or its descriptors are not ours to see.
        }
        return children;
    }
}
