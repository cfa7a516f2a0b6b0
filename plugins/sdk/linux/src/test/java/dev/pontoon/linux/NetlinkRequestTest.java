package dev.pontoon.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class NetlinkRequestTest {
    /** The attributes of a request, read back. */
    private static Attributes attributes(NetlinkRequest request) {
        byte[] bytes = request.toBytes(1, 0);
        assertThat(bytes.length % 4).isZero();
        return Attributes.read(bytes, NetlinkRequest.HEADER_LENGTH, bytes.length);
    }

    private static NetlinkRequest request() {
        return new NetlinkRequest(16, 0, "try");
    }

    @Test
    void attributesOfEveryWidthAreReadBack() {
        Attributes read =
                attributes(
                        request()
                                .putByte(1, 200)
                                .putShort(2, 60000)
                                .putInt(3, -5)
                                .putNetworkInt(4, 0x01020304)
                                .putNetworkLong(5, 1L << 40)
                                .put(6, "text")
                                .putFlag(7)
                                .put(8, (byte) 1, (byte) 2, (byte) 3));
        assertThat(read.integer(1)).hasValue(200);
        assertThat(read.integer(2)).hasValue(60000);
        assertThat(read.integer(3)).hasValue(-5);
        assertThat(read.networkInteger(4)).hasValue(0x01020304);
        assertThat(read.bytes(4)).hasValue(new byte[] {1, 2, 3, 4});
        assertThat(read.networkLong(5)).hasValue(1L << 40);
        assertThat(read.text(6)).hasValue("text");
        assertThat(read.has(7)).isTrue();
        assertThat(read.has(9)).isFalse();
        assertThat(read.bytes(8)).hasValue(new byte[] {1, 2, 3});
        assertThat(read.integer(8)).isEmpty();
    }

    @Test
    void nestedListsKeepTheirOrder() {
        NetlinkRequest request = request().begin(1);
        for (int i = 0; i < 3; i++) {
            request.begin(2).putInt(3, i).end();
        }
        List<Attributes> read = attributes(request.end()).nested(1).nestedList(2);
        assertThat(read).extracting(each -> each.integer(3).orElseThrow()).containsExactly(0, 1, 2);
    }

    @Test
    void aLongMessageGrowsItsBuffer() {
        NetlinkRequest request = request();
        for (int i = 0; i < 1000; i++) {
            request.putInt(1, i);
        }
        assertThat(attributes(request).repeated(1)).hasSize(1000);
    }

    @Test
    void whatCannotBeSaidIsRefused() {
        assertThatThrownBy(() -> request().put(1, new byte[70_000]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> request().begin(1).toBytes(1, 0))
                .isInstanceOf(IllegalStateException.class);
        NetlinkRequest large = request().begin(1).put(2, new byte[40_000]).put(2, new byte[40_000]);
        assertThatThrownBy(large::end).isInstanceOf(IllegalArgumentException.class);
    }
}
