package dev.pontoon.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CniExceptionTest {
    @Test
    void documentHasWhatIsKnown() {
        CniException failure = new CniException(ErrorCode.INVALID_CONFIG, "say \"why\"", "more");

        assertThat(failure.toJson("1.0.0"))
                .isEqualTo(
                        "{\"cniVersion\":\"1.0.0\",\"code\":7,\"msg\":\"say \\\"why\\\"\",\"details\":\"more\"}");
        assertThat(new CniException(ErrorCode.INTERNAL, "m").toJson(""))
                .isEqualTo("{\"code\":999,\"msg\":\"m\"}");
    }

    @Test
    void messageIsNeverEmpty() {
        assertThat(new CniException(ErrorCode.INTERNAL, "").toJson(""))
                .doesNotContain("\"msg\":\"\"");
    }

    @Test
    void documentIsReadBack() {
        CniException told =
                new CniException(ErrorCode.NOT_AVAILABLE, "pool is full\n", "a \u0001 b");
        CniException read = CniException.read(told.toJson("1.1.0").getBytes(UTF_8)).orElseThrow();

        assertThat(read.code()).isEqualTo(50);
        assertThat(read.text()).isEqualTo(told.text());
        assertThat(read.details()).isEqualTo(told.details());
    }

    @Test
    void codeOfADelegateIsKeptWhateverItIs() {
        assertThat(
                        CniException.read("{\"code\":4711,\"msg\":\"m\"}".getBytes(UTF_8))
                                .orElseThrow()
                                .toJson(""))
                .isEqualTo("{\"code\":4711,\"msg\":\"m\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "oops",
                "null",
                "[]",
                "{}",
                "{\"code\":7}",
                "{\"msg\":\"m\"}",
                "{\"code\":\"7\",\"msg\":\"m\"}",
                "{\"code\":7.5,\"msg\":\"m\"}",
                "{\"code\":7,\"msg\":{}}",
                "{\"code\":7,\"msg\":\"m\"} x",
                "{\"cniVersion\":\"1.0.0\",\"ips\":[]}"
            })
    void whatIsNoErrorDocumentIsNone(String printed) {
        assertThat(CniException.read(printed.getBytes(UTF_8))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "INCOMPATIBLE_VERSION,1",
        "UNSUPPORTED_FIELD,2",
        "UNKNOWN_CONTAINER,3",
        "INVALID_ENVIRONMENT,4",
        "IO_FAILURE,5",
        "DECODE_FAILURE,6",
        "INVALID_CONFIG,7",
        "INVALID_NETNS,8",
        "TRY_AGAIN_LATER,11",
        "NOT_AVAILABLE,50",
        "NOT_AVAILABLE_LIMITED,51",
        "KERNEL,100",
        "INTERNAL,999"
    })
    void codesAreThoseOfTheSpec(ErrorCode code, int number) {
        assertThat(code.number()).isEqualTo(number);
    }

    @Test
    void ownCodesStartAtHundredAndAreUnique() {
        Set<Integer> numbers = new HashSet<>();
        for (ErrorCode code : ErrorCode.values()) {
            assertThat(numbers.add(code.number())).as(code.name()).isTrue();
        }
        assertThat(numbers)
                .filteredOn(number -> number < 100)
                .containsExactlyInAnyOrder(1, 2, 3, 4, 5, 6, 7, 8, 11, 50, 51);
    }
}
