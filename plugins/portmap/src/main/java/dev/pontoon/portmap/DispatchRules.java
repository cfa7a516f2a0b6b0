package dev.pontoon.portmap;

import dev.pontoon.linux.nft.Conntrack;
import dev.pontoon.linux.nft.Expressions;
import dev.pontoon.linux.nft.Family;
import dev.pontoon.linux.nft.Field;
import dev.pontoon.linux.nft.NftBatch;
import dev.pontoon.linux.nft.Rule;
import dev.pontoon.linux.nft.SetDefinition;
import dev.pontoon.linux.nft.Table;
import dev.pontoon.linux.nft.Value;
import dev.pontoon.linux.nft.Verdict;
import dev.pontoon.protocol.Cidr;
import java.util.List;
import java.util.function.Consumer;

/** Writes the chains, sets and rules of a {@link Dispatch}, which shows them. */
final class DispatchRules {
    private static final Table TABLE = Dispatch.TABLE;
    private static final Cidr LOCALHOST_V6 = Cidr.parse("::1/128").orElseThrow();

    private final Dispatch dispatch;

    DispatchRules(Dispatch dispatch) {
        this.dispatch = dispatch;
    }

    /** Everything but elements and the chains for masquerading, whatever of it is there. */
    void ensure(NftBatch batch) {
        batch.ensureTable(TABLE);
        for (SetDefinition each : dispatch.sets()) {
            batch.ensureSet(TABLE, each);
        }
        batch.ensureChain(TABLE, dispatch.lookup()).flushChain(TABLE, dispatch.lookup());
        for (String each : List.of(dispatch.prerouting(), dispatch.output())) {
            batch.ensureBaseChain(TABLE, each, dispatch.base(each)).flushChain(TABLE, each);
        }
        // Not flushed: others have rules there.
        batch.ensureBaseChain(TABLE, dispatch.postrouting(), dispatch.base(dispatch.postrouting()));
        addLookups(batch);
        for (String each : List.of(dispatch.prerouting(), dispatch.output())) {
            for (List<Consumer<Expressions>> alternative : dispatch.alternatives()) {
                Expressions rule = rule().toThisHost();
                alternative.forEach(match -> match.accept(rule));
                batch.addRule(TABLE, each, rule.then(Verdict.jump(dispatch.lookup())), "");
            }
        }
    }

    /** Adds to a batch what masquerades connections to 127.0.0.1, if it is not there. */
    void ensureLocal(NftBatch batch, List<Rule> postrouting) {
        SetDefinition local = dispatch.localSources();
        if (!Rule.anyLooksInto(local.name(), postrouting)) {
            Expressions rule = masquerading(local, Dispatch.LOCALHOST.prefixLength());
            batch.addRule(TABLE, dispatch.postrouting(), rule, "");
        }
    }

    private Expressions rule() {
        Expressions rule = new Expressions(Family.INET);
        return dispatch.isV4() ? rule.ipv4() : rule.ipv6();
    }

    private Field destination() {
        return dispatch.isV4() ? Field.IPV4_DESTINATION : Field.IPV6_DESTINATION;
    }

    private Field source() {
        return dispatch.isV4() ? Field.IPV4_SOURCE : Field.IPV6_SOURCE;
    }

    private void addLookups(NftBatch batch) {
        if (!dispatch.isV4()) {
            // No kernel routes between ::1 and another host. What listens there on the host may
            // answer.
            batch.addRule(
                    TABLE,
                    dispatch.lookup(),
                    subnet(destination(), LOCALHOST_V6).then(Verdict.returning()),
                    "");
        }
        Family family = dispatch.isV4() ? Family.IPV4 : Family.IPV6;
        batch.addRule(
                TABLE,
                dispatch.lookup(),
                rule().load(Field.TRANSPORT_PROTOCOL)
                        .load(destination())
                        .load(Field.DESTINATION_PORT)
                        .mapTo(dispatch.at())
                        .destinationNat(family),
                "");
        batch.addRule(
                TABLE,
                dispatch.lookup(),
                rule().load(Field.TRANSPORT_PROTOCOL)
                        .load(Field.DESTINATION_PORT)
                        .mapTo(dispatch.any())
                        .destinationNat(family),
                "");
    }

    /** Masquerades connections to ports in a set from where the set says. */
    Expressions masquerading(SetDefinition sources, int prefixLength) {
        return rule().matchAnyBit(Field.CT_STATUS, Conntrack.STATUS_DNAT)
                .load(destination())
                .loadSubnet(source(), prefixLength)
                .load(Field.TRANSPORT_PROTOCOL)
                .load(Field.DESTINATION_PORT)
                .in(sources.name())
                .masquerade();
    }

    private Expressions subnet(Field field, Cidr subnet) {
        return rule().matchSubnet(
                        field, Value.address(subnet.address().bytes()), subnet.prefixLength());
    }
}
