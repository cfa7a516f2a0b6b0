package dev.pontoon.doctor;

import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.Ip;
import java.util.List;
import java.util.Optional;

/** A subnet for a network whose own is taken. */
final class FreeSubnet {
    private static final int ATTEMPTS = 4096;
    private static final List<Cidr> PRIVATE =
            List.of(
                    Cidr.parse("10.0.0.0/8").orElseThrow(),
                    Cidr.parse("172.16.0.0/12").orElseThrow(),
                    Cidr.parse("192.168.0.0/16").orElseThrow(),
                    Cidr.parse("fc00::/7").orElseThrow());

    private FreeSubnet() {}

    /**
     * The next private one of the same size that overlaps with none in use; empty if the taken one
     * is not private, or none is near.
     */
    static Optional<Cidr> like(Cidr taken, List<Cidr> used) {
        Optional<Cidr> block = PRIVATE.stream().filter(each -> each.overlaps(taken)).findFirst();
        Cidr tried = taken.network();
        for (int attempt = 0; block.isPresent() && attempt < ATTEMPTS; attempt++) {
            Cidr candidate = tried;
            Optional<Cidr> inTheWay = used.stream().filter(candidate::overlaps).findFirst();
            if (inTheWay.isEmpty() && !candidate.equals(taken.network())) {
                return Optional.of(candidate);
            }
            Ip last = candidate.last();
            Ip lastInTheWay = inTheWay.map(Cidr::last).orElse(last);
            Ip next = (last.compareTo(lastInTheWay) > 0 ? last : lastInTheWay).next();
            if (!block.get().contains(next)) {
                return Optional.empty();
            }
            tried = new Cidr(next, taken.prefixLength());
        }
        return Optional.empty();
    }
}
