package dev.pontoon.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
    private static Cidr cidr(String text) {
        return Cidr.parse(text).orElseThrow(() -> new AssertionError("no network: " + text));
    }

    @ParameterizedTest
    @CsvSource({
        "10.1.2.3/24, 10.1.2.3/24, 10.1.2.0/24, 10.1.2.255",
        "0.0.0.0/0, 0.0.0.0/0, 0.0.0.0/0, 255.255.255.255",
        "1.2.3.4/0, 1.2.3.4/0, 0.0.0.0/0, 255.255.255.255",
        "10.1.2.3/31, 10.1.2.3/31, 10.1.2.2/31, 10.1.2.3",
        "10.1.2.3/32, 10.1.2.3/32, 10.1.2.3/32, 10.1.2.3",
        "10.1.131.3/17, 10.1.131.3/17, 10.1.128.0/17, 10.1.255.255",
        "::/0, ::/0, ::/0, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "FD00:0::5/64, fd00::5/64, fd00::/64, fd00::ffff:ffff:ffff:ffff",
        "fd00::5/128, fd00::5/128, fd00::5/128, fd00::5",
        "fd00::5/127, fd00::5/127, fd00::4/127, fd00::5"
    })
    void hostBitsAreKept(String text, String printed, String network, String last) {
        assertThat(cidr(text)).hasToString(printed);
        assertThat(cidr(text).network()).hasToString(network);
        assertThat(cidr(text).last()).hasToString(last);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "10.0.0.0",
                "10.0.0.0/",
                "/24",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/+8",
                "10.0.0.0/8 ",
                " 10.0.0.0/8",
                "10.0.0.0 /8",
                "10.0.0.0/ 8",
                "10.0.0.0/08",
                "10.0.0.0/00",
                "10.0.0.0/0x8",
                "10.0.0.0/8/8",
                "10.0.0.0/255.0.0.0",
                "10.0.0/8",
                "10/8",
                "010.0.0.0/8",
                "10.0.0.0/٨",
                "10.0.0.0/4294967304",
                "::/129",
                "::1%lo/64",
                "fd00::/64\n",
                "::ffff:10.9.0.0/120",
                "::ffff:10.9.0.0/24",
                "::ffff:10.9.0.0/0",
                "::ffff:a09:1/24"
            })
    void whatIsNoNetworkIsRefused(String text) {
        assertThat(Cidr.parse(text)).isEmpty();
    }

    @Test
    void prefixMustFitTheFamily() {
        Ip ip = Ip.parse("10.0.0.1").orElseThrow();
        assertThatThrownBy(() -> new Cidr(ip, 33)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Cidr(ip, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.1.0.0/16, true",
        "10.1.0.0/16, 10.0.0.0/8, true",
        "10.1.2.3/24, 10.1.2.200/24, true",
        "10.1.2.0/25, 10.1.2.128/25, false",
        "0.0.0.0/0, 255.255.255.255/32, true",
        "0.0.0.0/0, ::/0, false",
        "fd00::/64, fd00:0:0:1::/64, false",
        "fd00::/63, fd00:0:0:1::/64, true"
    })
    void overlapIsSymmetric(String left, String right, boolean expected) {
        assertThat(cidr(left).overlaps(cidr(right))).isEqualTo(expected);
        assertThat(cidr(right).overlaps(cidr(left))).isEqualTo(expected);
    }

    @Test
    void containmentAgreesWithBigIntegers() {
        Random random = new Random(7);
        for (int round = 0; round < 4000; round++) {
            byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
            random.nextBytes(bytes);
            Cidr cidr = new Cidr(Ip.of(bytes), random.nextInt(bytes.length * 8 + 1));
            // Differs in one bit only, so that half of them lie inside.
            int bit = random.nextInt(bytes.length * 8);
            byte[] near = bytes.clone();
            near[bit / 8] ^= (byte) (0x80 >>> bit % 8);

            assertThat(cidr.contains(Ip.of(near)))
                    .as("%s contains %s", cidr, Ip.of(near))
                    .isEqualTo(bit >= cidr.prefixLength());
            assertThat(cidr.contains(cidr.network().address())).isTrue();
            assertThat(cidr.contains(cidr.last())).isTrue();
            assertThat(size(cidr))
                    .isEqualTo(BigInteger.TWO.pow(bytes.length * 8 - cidr.prefixLength()));
        }
    }

    private static BigInteger size(Cidr cidr) {
        return new BigInteger(1, cidr.last().bytes())
                .subtract(new BigInteger(1, cidr.network().address().bytes()))
                .add(BigInteger.ONE);
    }
}
