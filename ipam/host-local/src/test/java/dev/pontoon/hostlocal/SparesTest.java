package dev.pontoon.hostlocal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparesTest {
    @TempDir Path root;
    private Node node;
    private String conf;
    private Path own;

    @BeforeEach
    void makeNode() {
        node = new Node(root);
        conf = node.conf("'ranges':[[{'subnet':'10.1.0.0/22'}]]");
        own = node.dataDir().resolve(".pontoon/net");
    }

    private static Object inode(Path file) throws IOException {
        return Files.getAttribute(file, "unix:ino");
    }

    private List<String> spares() throws IOException {
        try (Stream<Path> files = Files.list(own)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("spare."))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void fileOfALeaseThatIsOverServesAgain() throws IOException {
        String address = node.add(conf, "a-container-with-a-long-name").getFirst();
        Object inode = inode(node.lease(address));
        node.del(conf, "a-container-with-a-long-name");
        assertThat(node.lease(address)).doesNotExist();
        assertThat(spares()).containsExactly("spare.1");

        String next = node.add(conf, "b").getFirst();

        assertThat(inode(node.lease(next))).isEqualTo(inode);
        assertThat(node.lease(next)).hasContent("b\r\neth0");
        assertThat(Files.getAttribute(node.lease(next), "unix:nlink")).isEqualTo(1);
        assertThat(spares()).isEmpty();
    }

    @Test
    void itIsMarkedWithTheBootInWhichItServesAgain() throws IOException {
        String address = node.add(conf, "a").getFirst();
        node.del(conf, "a");
        Files.setAttribute(own.resolve("spare.1"), "user:pontoon.boot", "earlier".getBytes());

        address = node.add(conf, "b").getFirst();

        assertThat((byte[]) Files.getAttribute(node.lease(address), "user:pontoon.boot"))
                .isEqualTo(Node.FIRST_BOOT.id().getBytes());
    }

    @Test
    void fileWithAnotherNameIsALeaseStill() throws IOException {
        node.add(conf, "a");
        node.del(conf, "a");
        // As of a call that was killed between the two names of a dual-stack attachment.
        Path kept = Files.createLink(root.resolve("kept"), own.resolve("spare.1"));

        String address = node.add(conf, "b").getFirst();

        assertThat(kept).hasContent("a\r\neth0");
        assertThat(inode(node.lease(address))).isNotEqualTo(inode(kept));
        assertThat(node.lease(address)).hasContent("b\r\neth0");
        assertThat(spares()).isEmpty();
    }

    @Test
    void whatALinkLeadsToIsNotWrittenInto() throws IOException {
        node.add(conf, "a");
        node.del(conf, "a");
        Path precious = Files.writeString(root.resolve("precious"), "precious");
        Files.delete(own.resolve("spare.1"));
        Files.createSymbolicLink(own.resolve("spare.1"), precious);

        String address = node.add(conf, "b").getFirst();

        assertThat(precious).hasContent("precious");
        assertThat(node.lease(address)).hasContent("b\r\neth0");
    }

    @Test
    void bothNamesOfADualStackLeaseAreOneSpareInTheEnd() throws IOException {
        String dual = node.conf("'ranges':[[{'subnet':'10.1.0.0/22'}],[{'subnet':'fd00::/112'}]]");
        node.add(dual, "a");
        node.del(dual, "a");
        assertThat(spares()).containsExactly("spare.1", "spare.2");

        List<String> addresses = node.add(dual, "b");

        assertThat(spares()).isEmpty();
        assertThat(node.lease(addresses.getFirst())).hasContent("b\r\neth0");
        assertThat(node.lease(addresses.getLast())).hasContent("b\r\neth0");
        assertThat(Files.getAttribute(node.lease(addresses.getFirst()), "unix:nlink")).isEqualTo(2);
    }

    @Test
    void lostOneIsNoLoss() throws IOException {
        node.add(conf, "a");
        node.del(conf, "a");
        Files.delete(own.resolve("spare.1"));
        String address = node.add(conf, "b").getFirst();
        assertThat(node.lease(address)).hasContent("b\r\neth0");
    }

    @Test
    void thoseThatNobodyHasCountedAreRemoved() throws IOException {
        node.add(conf, "a");
        node.del(conf, "a");
        Files.writeString(own.resolve("spare.77"), "of a call that was killed");
        node.writeLease("10.1.0.9", "somebody\r\neth0");
        node.add(conf, "b");
        assertThat(spares()).isEmpty();
    }

    @Test
    void thereIsAnEndToThem() throws IOException {
        for (int i = 0; i < 300; i++) {
            node.add(conf, "c" + i);
        }
        for (int i = 0; i < 300; i++) {
            node.del(conf, "c" + i);
        }
        assertThat(spares()).hasSize(256);
        assertThat(node.leases()).isEmpty();
    }
}
