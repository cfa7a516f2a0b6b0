package dev.pontoon.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import inet.ipaddr.AddressStringException;
import inet.ipaddr.IPAddress;
import inet.ipaddr.IPAddressString;
import inet.ipaddr.IPAddressStringParameters;
import inet.ipaddr.IncompatibleAddressException;
import inet.ipaddr.ipv6.IPv6Address;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Our own reading and printing of addresses agrees with a library that knows every form of them.
 */
class IpReaderTest {
    private static final IPAddressStringParameters STRICT =
            new IPAddressStringParameters.Builder()
                    .allowEmpty(false)
                    .allowAll(false)
                    .allowPrefix(false)
                    .allowMask(false)
                    .allowSingleSegment(false)
                    .allowWildcardedSeparator(false)
                    .setRangeOptions(IPAddressStringParameters.RangeParameters.NO_RANGE)
                    .getIPv4AddressParametersBuilder()
                    .allow_inet_aton(false)
                    .allowLeadingZeros(false)
                    .allowBinary(false)
                    .getParentBuilder()
                    .getIPv6AddressParametersBuilder()
                    .allowZone(false)
                    .allowBase85(false)
                    .allowBinary(false)
                    .allowUnlimitedLeadingZeros(false)
                    .getEmbeddedIPv4AddressParametersBuilder()
                    .allow_inet_aton(false)
                    .allowLeadingZeros(false)
                    .allowBinary(false)
                    .getEmbeddedIPv4AddressParentBuilder()
                    .getParentBuilder()
                    .toParams();

    private static Optional<Ip> byLibrary(String text) {
        // The library would trim it.
        if (!text.equals(text.trim())) {
            return Optional.empty();
        }
        try {
            IPAddress address = new IPAddressString(text, STRICT).toAddress();
            return address == null ? Optional.empty() : Optional.of(Ip.of(address.getBytes()));
        } catch (AddressStringException | IncompatibleAddressException e) {
            return Optional.empty();
        }
    }

    private static String random(Random random, String pieces, int longest) {
        StringBuilder text = new StringBuilder();
        for (int length = random.nextInt(longest); length >= 0; length--) {
            text.append(pieces.charAt(random.nextInt(pieces.length())));
        }
        return text.toString();
    }

    @Test
    void textsOfCharactersOfAddresses() {
        Random random = new Random(21);
        for (int round = 0; round < 300_000; round++) {
            String text = random(random, "0123.:af::..12", 20);
            assertThat(Ip.parse(text)).as(text).isEqualTo(byLibrary(text));
        }
    }

    @Test
    void damagedAddresses() {
        Random random = new Random(22);
        int read = 0;
        for (int round = 0; round < 300_000; round++) {
            StringBuilder text = new StringBuilder(address(random));
            for (int changes = random.nextInt(3); changes > 0 && !text.isEmpty(); changes--) {
                int at = random.nextInt(text.length());
                text.replace(at, at + random.nextInt(2), random(random, "0123456789:.afG %/-", 2));
            }
            Optional<Ip> ours = Ip.parse(text.toString());
            assertThat(ours).as(text.toString()).isEqualTo(byLibrary(text.toString()));
            read += ours.isPresent() ? 1 : 0;
        }
        assertThat(read).isBetween(100_000, 290_000);
    }

    @Test
    void canonicalText() {
        Random random = new Random(23);
        for (int round = 0; round < 100_000; round++) {
            byte[] bytes = new byte[16];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) (random.nextInt(3) == 0 ? random.nextInt() : 0);
            }
            bytes[0] = 1;
            assertThat(Ip.of(bytes)).hasToString(new IPv6Address(bytes).toCanonicalString());
        }
    }

    /** IPv4, or IPv6 with and without a gap and an end in dots. */
    private static String address(Random random) {
        String dotted =
                random.nextInt(256) + "." + random.nextInt(256) + "." + random.nextInt(256) + ".7";
        if (random.nextInt(3) == 0) {
            return dotted;
        }
        StringBuilder text = new StringBuilder();
        boolean dots = random.nextInt(4) == 0;
        int groups = dots ? 6 : 8;
        int gap = random.nextInt(groups * 2);
        for (int i = 0; i < groups; i++) {
            if (i == gap) {
                text.append(i == 0 ? "::" : ":");
                i += random.nextInt(groups - i);
            } else {
                text.append(Integer.toHexString(random.nextInt(0x10000) >> random.nextInt(16)));
                text.append(i == groups - 1 && !dots ? "" : ":");
            }
        }
        return dots ? text + dotted : text.toString();
    }
}
