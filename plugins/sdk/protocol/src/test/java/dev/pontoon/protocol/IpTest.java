package dev.pontoon.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpTest {
    private static Ip ip(String text) {
        return Ip.parse(text).orElseThrow(() -> new AssertionError("no address: " + text));
    }

    /** The right-hand side follows RFC 5952. */
    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, 0.0.0.0",
        "255.255.255.255, 255.255.255.255",
        "10.1.2.3, 10.1.2.3",
        "::, ::",
        "::1, ::1",
        "1::, 1::",
        "FE80::00aB, fe80::ab",
        "0:0:0:0:0:0:0:0, ::",
        "0000:0000:0000:0000:0000:0000:0000:0001, ::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0",
        "::2:3:4:5:6:7:8, 0:2:3:4:5:6:7:8",
        "1:0:3:0:0:6:7:8, 1:0:3::6:7:8",
        "1:2:3:4:5:6:1.2.3.4, 1:2:3:4:5:6:102:304",
        "::1.2.3.4, ::102:304",
        "::ffff:1.2.3.4, 1.2.3.4",
        "::ffff:0102:0304, 1.2.3.4",
        "::FFFF:255.255.255.255, 255.255.255.255",
        "::fffe:1.2.3.4, ::fffe:102:304",
        "64:ff9b::1.2.3.4, 64:ff9b::102:304"
    })
    void addressIsPrintedCanonically(String text, String canonical) {
        assertThat(ip(text)).hasToString(canonical);
        assertThat(ip(canonical)).isEqualTo(ip(text)).hasSameHashCodeAs(ip(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "1",
                "1.2",
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.",
                ".1.2.3",
                "1..2.3",
                "1.2.3.4.",
                "01.2.3.4",
                "1.2.3.04",
                "1.2.3.00",
                "00.0.0.0",
                "1.2.3.256",
                "1.2.3.1000",
                "-1.2.3.4",
                "+1.2.3.4",
                "0x1.2.3.4",
                "1.2.3.0x4",
                "4294967296",
                "1.2.3.4/24",
                "1.2.3.4:80",
                "1.2.3.*",
                "*",
                "1.2.3.1-5",
                "1.2.3._",
                "1.2.3.4,5",
                " 1.2.3.4",
                "1.2.3.4 ",
                "1.2.3.4\n",
                "\t1.2.3.4",
                "1.2.3.4\u0000",
                "\u0000::1",
                "４.1.1.1",
                "١.1.1.1",
                "localhost",
                "a.b.c.d",
                "::1%eth0",
                "::1%",
                "fe80::1%1",
                "[::1]",
                "::/0",
                ":",
                ":::",
                ":1",
                "1:",
                "1:2",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1::2::3",
                "12345::",
                "00001::",
                "::00000",
                "1:2:3:4:5:6:7:8::",
                "1::2:3:4:5:6:7:8",
                "0x1::",
                "::g",
                "1:2:3:4:5:6:7:1.2.3.4",
                "1.2.3.4::",
                "::1.2.3",
                "::1.2",
                "::ffff:01.2.3.4",
                "::ffff:1.2.3.04",
                "::ffff:1.2.3.256",
                "::ffff:1.2.3.0x4",
                "::1.2.3.4:5",
                "::1.2.3.4.5",
                "::1 ",
                "::1\n",
                "::-1",
                "::١",
                "1-2::",
                "::*",
                "00000000000000000000000000000001",
                "fe80--1.ipv6-literal.net"
            })
    void whatGoRefusesIsRefused(String text) {
        assertThat(Ip.parse(text)).isEmpty();
    }

    @Test
    void bytesAreTheCallersOwn() {
        byte[] bytes = {10, 0, 0, 1};
        Ip ip = Ip.of(bytes);
        bytes[0] = 99;
        ip.bytes()[0] = 98;

        assertThat(ip).hasToString("10.0.0.1");
        assertThatThrownBy(() -> Ip.of(new byte[5])).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void specialAddressesAreKnown() {
        assertThat(ip("0.0.0.0").isUnspecified()).isTrue();
        assertThat(ip("::").isUnspecified()).isTrue();
        assertThat(ip("::1").isUnspecified()).isFalse();
        assertThat(ip("127.255.0.1").isLoopback()).isTrue();
        assertThat(ip("128.0.0.1").isLoopback()).isFalse();
        assertThat(ip("::1").isLoopback()).isTrue();
        assertThat(ip("1::1").isLoopback()).isFalse();
        assertThat(ip("1.2.3.4").isV4()).isTrue();
        assertThat(ip("::ffff:1.2.3.4").bits()).isEqualTo(32);
        assertThat(ip("::1").bits()).isEqualTo(128);
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, 0.0.0.1",
        "10.0.0.255, 10.0.1.0",
        "10.255.255.255, 11.0.0.0",
        "127.255.255.255, 128.0.0.0",
        "255.255.255.255, 0.0.0.0",
        "::ff, ::100",
        "::ffff:ffff:ffff:ffff, 0:0:0:1::",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, ::"
    })
    void bordersAreCrossed(String lower, String higher) {
        assertThat(ip(lower).next()).isEqualTo(ip(higher));
        assertThat(ip(higher).previous()).isEqualTo(ip(lower));
    }

    @Test
    void arithmeticAgreesWithBigIntegers() {
        Random random = new Random(42);
        for (int round = 0; round < 4000; round++) {
            Ip ip = random(random);
            int bits = ip.bits();
            int length = random.nextInt(bits + 1);
            BigInteger value = number(ip);
            BigInteger size = BigInteger.TWO.pow(bits);
            BigInteger host = BigInteger.TWO.pow(bits - length).subtract(BigInteger.ONE);

            assertThat(number(ip.next())).isEqualTo(value.add(BigInteger.ONE).mod(size));
            assertThat(number(ip.previous())).isEqualTo(value.subtract(BigInteger.ONE).mod(size));
            assertThat(number(ip.masked(length))).isEqualTo(value.andNot(host));
            assertThat(number(ip.highest(length))).isEqualTo(value.or(host));
            assertThat(Ip.parse(ip.toString())).as(ip.toString()).contains(ip);
        }
    }

    @Test
    void orderIsThatOfTheNumbersAfterTheFamilies() {
        Random random = new Random(43);
        List<Ip> ips = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            ips.add(random(random));
        }
        Collections.sort(ips);
        for (int i = 1; i < ips.size(); i++) {
            Ip low = ips.get(i - 1);
            Ip high = ips.get(i);
            assertThat(low.bits()).isLessThanOrEqualTo(high.bits());
            if (low.bits() == high.bits()) {
                assertThat(number(low)).isLessThanOrEqualTo(number(high));
            }
        }
        assertThat(ip("255.255.255.255")).isLessThan(ip("::"));
    }

    /** Runs of 0x00 and 0xff are likely, so that carries and mapped addresses occur. */
    private static Ip random(Random random) {
        byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] =
                    switch (random.nextInt(3)) {
                        case 0 -> 0;
                        case 1 -> -1;
                        default -> (byte) random.nextInt();
                    };
        }
        return Ip.of(bytes);
    }

    private static BigInteger number(Ip ip) {
        return new BigInteger(1, ip.bytes());
    }
}
