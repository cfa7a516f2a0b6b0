package dev.pontoon.portmap;

import dev.pontoon.linux.nft.Conntrack;
import dev.pontoon.linux.nft.Expressions;
import dev.pontoon.linux.nft.Family;
import dev.pontoon.linux.nft.Field;
import dev.pontoon.linux.nft.NftBatch;
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
        for (String each :
                List.of(dispatch.prerouting(), dispatch.output(), dispatch.postrouting())) {
            batch.ensureBaseChain(TABLE, each, dispatch.base(each)).flushChain(TABLE, each);
        }
        addLookups(batch);
        for (String each : List.of(dispatch.prerouting(), dispatch.output())) {
            for (List<Consumer<Expressions>> alternative : dispatch.alternatives()) {
                Expressions rule = rule().toThisHost();
                alternative.forEach(match -> match.accept(rule));
                batch.addRule(TABLE, each, rule.then(Verdict.jump(dispatch.lookup())), "");
            }
        }
        batch.addRule(TABLE, dispatch.postrouting(), masquerading(), "");
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

    private Expressions masquerading() {
        return rule().matchAnyBit(Field.CT_STATUS, Conntrack.STATUS_DNAT)
                .load(Field.TRANSPORT_PROTOCOL)
                .load(destination())
                .load(Field.DESTINATION_PORT)
                .verdictFrom(dispatch.masq().name());
    }

    private Expressions subnet(Field field, Cidr subnet) {
        return rule().matchSubnet(
                        field, Value.address(subnet.address().bytes()), subnet.prefixLength());
    }

    /** The chain that elements of {@link #masq} lead to, with its rules. */
    void ensureFrom(NftBatch batch, Masquerade masquerade) {
        String chain = dispatch.from(masquerade);
        batch.ensureChain(TABLE, chain).flushChain(TABLE, chain);
        if (masquerade.all()) {
            batch.addRule(TABLE, chain, rule().masquerade(), "");
        }
        Cidr subnet = masquerade.subnet();
        if (subnet != null) {
            batch.addRule(TABLE, chain, subnet(source(), subnet).masquerade(), "");
            if (dispatch.isV4()) {
                batch.addRule(TABLE, chain, subnet(source(), Dispatch.LOCALHOST).masquerade(), "");
            }
        }
    }
}
