package dev.pontoon.hostlocal;

import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.ErrorCode;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Failures of the file system as the runtime is told them. */
final class Failures {
    private Failures() {}

    /** Code 5; {@code what} was being done, to which file, in the infinitive. */
    static CniException of(String what, Exception e) {
        return new CniException(
                        ErrorCode.IO_FAILURE,
                        what + ": " + reason(e),
                        "the folder of leases must be on a writable file system with free space and free inodes;"
                                + " ipam.dataDir puts it elsewhere")
                .because(e);
    }

    /** Why it failed, without the file's name. */
    static String reason(Exception e) {
        if (e instanceof KernelException refused) {
            return Errno.describe(refused.errno());
        }
        if (e instanceof NoSuchFileException) {
            return "No such file or directory (ENOENT)";
        }
        if (e instanceof AccessDeniedException) {
            return "Permission denied (EACCES)";
        }
        if (e instanceof FileSystemException failure && failure.getReason() != null) {
            return failure.getReason();
        }
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }
}
