package dev.pontoon.bandwidth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.pontoon.linux.TokenBucket;
import dev.pontoon.protocol.CniException;
import dev.pontoon.protocol.NetworkConfig;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LimitsTest {
    private static Limits read(String keys) {
        String more = keys.isEmpty() ? "" : "," + keys;
        String json = "{'cniVersion':'1.1.0','name':'n','type':'bandwidth'" + more + "}";
        return Limits.read(
                NetworkConfig.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8)));
    }

    private static CniException refused(String keys) {
        return Objects.requireNonNull(catchThrowableOfType(CniException.class, () -> read(keys)));
    }

    private static TokenBucket bucket(@Nullable Limit limit) {
        return Objects.requireNonNull(limit).bucket();
    }

    @Test
    void bitsBecomeBytes() {
        Limits limits =
                read(
                        "'ingressRate':8000000,'ingressBurst':800000,"
                                + "'egressRate':16000007,'egressBurst':1600007");
        assertThat(bucket(limits.ingress())).isEqualTo(TokenBucket.of(1_000_000, 100_000, 25));
        assertThat(bucket(limits.egress())).isEqualTo(TokenBucket.of(2_000_000, 200_000, 25));
    }

    @Test
    void runtimeGivesLimitsInEitherSpelling() {
        String given = "'ingressRate':8000000,'ingressBurst':800000";
        for (String keys : new String[] {given, given.replace("ingress", "Ingress")}) {
            Limits limits = read("'runtimeConfig':{'bandwidth':{" + keys + "}}");
            assertThat(bucket(limits.ingress()).rate()).isEqualTo(1_000_000);
            assertThat(limits.egress()).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"'egressBurst':0", "'egressRate':8000,'egressBurst':80000"})
    void oneKeyOfTheConfigurationIsEnoughToPutTheRuntimesAside(String keys) {
        String runtime =
                "'runtimeConfig':{'bandwidth':{'ingressRate':8000000,'ingressBurst':800000}}";
        assertThat(read(keys + "," + runtime).ingress()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "'ingressRate':0,'ingressBurst':0,'egressRate':0,'egressBurst':0",
                "'ingressRate':null",
                "'runtimeConfig':{}",
                "'runtimeConfig':{'bandwidth':null}",
                "'runtimeConfig':{'bandwidth':{}}"
            })
    void nothingGivenIsNoLimit(String keys) {
        assertThat(read(keys).isEmpty()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '"',
            value = {
                "'ingressRate':8000; 7; ingressRate 8000: if it is set, ingressBurst must also",
                "'egressRate':8000; 7; egressRate 8000: if it is set, egressBurst must also",
                "'ingressBurst':8000; 7; ingressBurst 8000: if it is set, ingressRate must also",
                "'egressRate':0,'egressBurst':1; 7; egressBurst 1: if it is set, egressRate must",
                "'egressRate':7,'egressBurst':80000; 7; egressRate 7: must be at least 8",
                "'egressRate':8,'egressBurst':7; 7; egressBurst 7: must be at least 8",
                "'egressRate':8,'egressBurst':34359738360; 7; cannot be more than 4 GB",
                "'egressRate':8,'egressBurst':18446744073709551615; 7; cannot be more than 4 GB",
                "'egressRate':18446744073709551616,'egressBurst':8; 6; egressRate must be a whole",
                "'egressRate':-1,'egressBurst':8; 6; egressRate must be a whole number",
                "'egressRate':'8','egressBurst':8; 6; egressRate must be a whole number",
                "'runtimeConfig':{'bandwidth':{'ingressRate':8}}; 7; runtimeConfig.bandwidth.ingressRate 8:",
                "'runtimeConfig':{'bandwidth':7}; 6; runtimeConfig.bandwidth must be an object"
            })
    void whatCannotBeIsRefusedByItsName(String keys, int code, String message) {
        CniException refused = refused(keys);
        assertThat(refused.code()).isEqualTo(code);
        assertThat(refused.text()).contains(message);
    }

    @Test
    void theLargestThatCanBeIsRead() {
        Limits limits = read("'egressRate':18446744073709551615,'egressBurst':34359738359");
        assertThat(bucket(limits.egress()).rate()).isEqualTo(2_305_843_009_213_693_951L);
        assertThat(bucket(limits.egress()).limit()).isEqualTo(4_294_967_295L);
    }
}
