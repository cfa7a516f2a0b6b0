package dev.pontoon.linux.nft;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommentsTest {
    @Test
    void hasTheLayoutOfLibnftnl() {
        // From: nft --debug=mnl add rule inet t c masquerade comment \"net: a, id: b\"
        byte[] captured = HexFormat.of().parseHex("000e6e65743a20612c2069643a206200");

        assertThat(Comments.write("net: a, id: b")).isEqualTo(captured);
        assertThat(Comments.read(captured)).contains("net: a, id: b");
    }

    @Test
    void findsTheCommentBehindOtherNotes() {
        // An element's flags (type 1, four bytes), then its comment.
        byte[] userdata = HexFormat.of().parseHex("0104010000000002" + "7800");

        assertThat(Comments.read(userdata)).contains("x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "00", "0005", "00056162", "010400000000", "01ff"})
    void brokenOrMissingCommentsAreNone(String userdata) {
        assertThat(Comments.read(HexFormat.of().parseHex(userdata))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "é", "€", "😀", "aé€😀"})
    void cutsBetweenCharactersAt128Bytes(String pattern) {
        String text = "x" + pattern.repeat(200);

        String fitting = Comments.fit(text);

        int widest = 4;
        assertThat(text).startsWith(fitting);
        assertThat(fitting.getBytes(StandardCharsets.UTF_8).length).isBetween(129 - widest, 128);
    }

    @Test
    void keepsExactly128Bytes() {
        assertThat(Comments.fit("a".repeat(128))).hasSize(128);
        assertThat(Comments.fit("é".repeat(64))).hasSize(64);
    }

    @Test
    void replacesWhatAListingCannotQuote() {
        assertThat(Comments.fit("say \"hi\"\n\0\u0085" + '\ud800')).isEqualTo("say 'hi'   ?");
    }

    @Test
    void fittingTwiceChangesNothing() {
        String once = Comments.fit("\"é\"\t".repeat(60));

        assertThat(Comments.fit(once)).isEqualTo(once);
    }
}
