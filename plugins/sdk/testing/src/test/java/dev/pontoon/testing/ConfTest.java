package dev.pontoon.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ConfTest {

    @Test
    void singleQuotesStandForDoubleOnes() {
        assertThat(Conf.of("{'a':[1,\"it's\"]}")).hasToString("{\"a\":[1,\"it's\"]}");
    }

    @Test
    void keysAreAddedToACopy() {
        var plain = Conf.of("{'a':1}");
        assertThat(Conf.with(plain, "{'a':2,'b':{'c':3}}"))
                .hasToString("{\"a\":2,\"b\":{\"c\":3}}");
        assertThat(plain).hasToString("{\"a\":1}");
    }

    @Test
    void resultBecomesPrevResult() {
        var added = new CniResult("ADD", 0, "{\"ips\":[]}", "", Duration.ZERO, "");
        assertThat(Conf.after(Conf.of("{'a':1}"), added))
                .hasToString("{\"a\":1,\"prevResult\":{\"ips\":[]}}");
    }

    @Test
    void otherThanAnObjectIsRefused() {
        assertThatThrownBy(() -> Conf.of("[1]")).hasMessageContaining("not a JSON object");
        assertThatThrownBy(() -> Conf.of("{'a':1} x")).hasMessageContaining("not a JSON object");
    }
}
