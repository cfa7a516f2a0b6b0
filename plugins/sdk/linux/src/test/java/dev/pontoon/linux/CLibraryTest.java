package dev.pontoon.linux;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.pontoon.linux.uapi.Netlink;
import dev.pontoon.linux.uapi.UnixSockets;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each function in both ways to it: what is passed wrongly does not arrive. */
class CLibraryTest {
    private static final int READ_WRITE_NEW = 0x2 | 0x40 | 0x80;
    private static final int AT_FDCWD = -100;

    @TempDir Path folder;

    static Stream<CLibrary> libraries() {
        return Stream.of(new FoundLibrary(), new BoundLibrary());
    }

    private static Scratch of(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return Scratch.of(bytes, 0, bytes.length);
    }

    private static String text(Scratch memory, long count) {
        return new String(memory.bytes((int) count), StandardCharsets.UTF_8);
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    private static int opened(CLibrary c, Path file) {
        try (Scratch path = Scratch.of(file.toString())) {
            int fd = c.open(path.address(), READ_WRITE_NEW, 0640);
            assertThat(fd).isNotNegative();
            return fd;
        }
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void filesAreMadeAndWrittenAndRead(CLibrary c) throws IOException {
        int fd = opened(c, file("new"));
        try (Scratch text = of("wrong begin");
                Scratch better = of("right");
                Scratch read = Scratch.take(100)) {
            assertThat(c.write(fd, text.address(), 11)).isEqualTo(11);
            assertThat(c.pwrite(fd, better.address(), 5, 0)).isEqualTo(5);
            assertThat(file("new")).hasContent("right begin");
            assertThat(c.pread(fd, read.address(), 3, 6)).isEqualTo(3);
            assertThat(text(read, 3)).isEqualTo("beg");
            assertThat(c.read(fd, read.address(), 100)).isZero();
        }
        assertThat(c.ftruncate(fd, 5)).isZero();
        assertThat(file("new")).hasContent("right");
        assertThat(c.close(fd)).isZero();
        assertThat(c.close(fd)).isEqualTo(-1);
        assertThat(Native.getLastError()).isEqualTo(Errno.EBADF);
        assertThat(Files.getAttribute(file("new"), "unix:mode")).isEqualTo(0100640);
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void namesAreGivenAndTaken(CLibrary c) throws IOException {
        Files.writeString(file("first"), "text");
        Files.createDirectory(file("folder"));
        try (Scratch first = Scratch.of(file("first").toString());
                Scratch second = Scratch.of(file("second").toString());
                Scratch third = Scratch.of(file("third").toString());
                Scratch inside = Scratch.of(file("folder").toString())) {
            assertThat(c.link(first.address(), second.address())).isZero();
            assertThat(file("second")).hasContent("text");
            assertThat(c.rename(second.address(), third.address())).isZero();
            assertThat(file("second")).doesNotExist();
            assertThat(file("third")).hasContent("text");
            assertThat(c.unlink(first.address())).isZero();
            assertThat(file("first")).doesNotExist();
            assertThat(c.unlink(first.address())).isEqualTo(-1);
            assertThat(Native.getLastError()).isEqualTo(Errno.ENOENT);
            assertThat(c.rmdir(inside.address())).isZero();
            assertThat(file("folder")).doesNotExist();
        }
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void attributesAreSetAndRead(CLibrary c) throws IOException {
        Path file = file("file");
        int fd = opened(c, file);
        try (Scratch path = Scratch.of(file.toString());
                Scratch key = Scratch.of("user.test");
                Scratch value = of("value");
                Scratch times = Scratch.take(32);
                Scratch answer = Scratch.take(256)) {
            assertThat(c.fsetxattr(fd, key.address(), value.address(), 5, 0)).isZero();
            assertThat((byte[]) Files.getAttribute(file, "user:test"))
                    .asString()
                    .isEqualTo("value");
            times.putLong(0, 0);
            times.putLong(8, (1 << 30) - 2);
            times.putLong(16, 1000);
            times.putLong(24, 0);
            assertThat(c.utimensat(AT_FDCWD, path.address(), times.address(), 0)).isZero();
            assertThat(Files.getLastModifiedTime(file).toMillis()).isEqualTo(1_000_000);
            assertThat(c.statx(AT_FDCWD, path.address(), 0, 0x7ff, answer.address())).isZero();
            assertThat(answer.getLong(0x20)).isEqualTo(Files.getAttribute(file, "unix:ino"));
            assertThat(answer.getLong(0x70)).isEqualTo(1000);
            assertThat(c.fstatfs(fd, answer.address())).isZero();
            assertThat(answer.getLong(0)).isNotZero();
        }
        c.close(fd);
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void locksExclude(CLibrary c) throws IOException {
        int held = opened(c, file("lock"));
        try (Scratch path = Scratch.of(file("lock").toString())) {
            int other = c.open(path.address(), 0, 0);
            assertThat(c.flock(held, 2 | 4)).isZero();
            assertThat(c.flock(other, 2 | 4)).isEqualTo(-1);
            assertThat(Native.getLastError()).isEqualTo(Errno.EAGAIN);
            c.close(held);
            assertThat(c.flock(other, 2 | 4)).isZero();
            c.close(other);
        }
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void socketsListenAndTalk(CLibrary c) {
        byte[] address = UnixListener.address(file("socket").toString());
        int listener = c.socket(UnixSockets.AF_UNIX, UnixSockets.SOCK_STREAM, 0);
        int caller = c.socket(UnixSockets.AF_UNIX, UnixSockets.SOCK_STREAM, 0);
        try (Scratch place = Scratch.of(address, 0, address.length);
                Scratch memory = Scratch.take(64)) {
            assertThat(c.bind(listener, place.address(), address.length)).isZero();
            assertThat(c.listen(listener, 5)).isZero();
            assertThat(c.connect(caller, place.address(), address.length)).isZero();
            int connection = c.accept4(listener, 0, 0, Netlink.SOCK_CLOEXEC);
            assertThat(connection).isNotNegative();
            assertThat(ready(c, connection)).isZero();
            try (Scratch word = of("word")) {
                assertThat(c.sendto(caller, word.address(), 4, 0, 0, 0)).isEqualTo(4);
            }
            assertThat(ready(c, connection)).isEqualTo(1);
            assertThat(c.recv(connection, memory.address(), 64, 0)).isEqualTo(4);
            assertThat(text(memory, 4)).isEqualTo("word");
            assertThat(peer(c, connection)).isEqualTo((int) ProcessHandle.current().pid());
            assertThat(c.shutdown(caller, 1)).isZero();
            assertThat(c.recv(connection, memory.address(), 64, 0)).isZero();
            c.close(connection);
        }
        c.close(caller);
        c.close(listener);
    }

    private static int ready(CLibrary c, int fd) {
        try (Scratch pollfd = Scratch.take(8)) {
            pollfd.putInt(0, fd);
            pollfd.putShort(4, (short) 1);
            pollfd.putShort(6, (short) 0);
            return c.poll(pollfd.address(), 1, 0);
        }
    }

    private static int peer(CLibrary c, int fd) {
        try (Scratch ucred = Scratch.take(16)) {
            ucred.putInt(12, 12);
            long at = ucred.address();
            int level = UnixSockets.SOL_SOCKET;
            assertThat(c.getsockopt(fd, level, UnixSockets.SO_PEERCRED, at, at + 12)).isZero();
            return ucred.getInt(0);
        }
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void optionsOfSocketsAreSet(CLibrary c) {
        int socket = c.socket(UnixSockets.AF_UNIX, UnixSockets.SOCK_STREAM, 0);
        try (Scratch value = Scratch.take(8)) {
            long at = value.address();
            // SO_PASSCRED
            value.putInt(0, 1);
            assertThat(c.setsockopt(socket, UnixSockets.SOL_SOCKET, 16, at, 4)).isZero();
            value.putInt(0, 0);
            value.putInt(4, 4);
            assertThat(c.getsockopt(socket, UnixSockets.SOL_SOCKET, 16, at, at + 4)).isZero();
            assertThat(value.getInt(0)).isEqualTo(1);
        }
        c.close(socket);
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void namespacesAreTold(CLibrary c) {
        try (Scratch path = Scratch.of("/proc/self/ns/net")) {
            int fd = c.open(path.address(), 0, 0);
            // NS_GET_NSTYPE, CLONE_NEWNET
            assertThat(c.ioctl(fd, 0xb703, 0)).isEqualTo(0x40000000);
            // CLONE_NEWUTS, which it is not
            assertThat(c.setns(fd, 0x04000000)).isEqualTo(-1);
            assertThat(Native.getLastError()).isEqualTo(Errno.EINVAL);
            c.close(fd);
        }
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void randomBytesAndErrorsHaveTexts(CLibrary c) {
        try (Scratch memory = Scratch.take(64)) {
            for (int at = 0; at < 64; at += 8) {
                memory.putLong(at, 0);
            }
            assertThat(c.getrandom(memory.address(), 32, 0)).isEqualTo(32);
            assertThat(memory.getLong(0)).isNotEqualTo(memory.getLong(8));
            assertThat(memory.getLong(32)).isZero();
        }
        assertThat(new Pointer(c.strerror(Errno.EEXIST)).getString(0)).isEqualTo("File exists");
    }
}
