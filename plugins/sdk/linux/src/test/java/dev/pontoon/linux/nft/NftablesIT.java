package dev.pontoon.linux.nft;

import static dev.pontoon.linux.nft.NftHost.TABLE;
import static dev.pontoon.linux.nft.NftHost.address;
import static dev.pontoon.linux.nft.NftHost.rule;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pontoon.linux.Errno;
import dev.pontoon.linux.KernelException;
import dev.pontoon.testing.Host;
import dev.pontoon.testing.HostExtension;
import dev.pontoon.testing.Need;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@Tag("kernel")
@ExtendWith(HostExtension.class)
class NftablesIT {
    private static final SetDefinition SET = SetDefinition.set("s", DataType.IPV4_ADDRESS);
    private static final Value ONE = address(10, 0, 0, 1);
    private static final Value TWO = address(10, 0, 0, 2);

    @AutoClose private NftHost host;
    private Nftables nftables;

    @BeforeEach
    void open(Host testHost) {
        Need.kernel("nftables nat");
        host = new NftHost(testHost);
        nftables = host.nftables();
    }

    // Reading

    @Test
    void readsWhatNftMade() {
        host.load(
                """
                table inet pontoon {
                  map m { type inet_service : verdict; elements = { 80 comment "web" : goto a, 81 : drop } }
                  chain a { }
                  chain b {
                    type filter hook forward priority 5; policy drop;
                    iifname "veth7" counter jump a comment "first"
                    ip saddr 10.0.0.1 tcp dport vmap @m
                  }
                }
                """);

        assertThat(nftables.hasTable(TABLE)).isTrue();
        assertThat(nftables.chains(TABLE)).extracting(Chain::name).containsExactly("a", "b");
        assertThat(nftables.chain(TABLE, "b").orElseThrow().base())
                .isEqualTo(new BaseChain("filter", Hook.FORWARD, 5, true));
        assertThat(nftables.chain(TABLE, "a").orElseThrow().base()).isNull();
        assertThat(nftables.chain(TABLE, "a").orElseThrow().uses()).isEqualTo(2);
        List<Rule> rules = nftables.rules(TABLE, "b");
        assertThat(rules).extracting(Rule::comment).containsExactly("first", "");
        assertThat(rules.get(0).jumps()).containsExactly("a");
        assertThat(rules.get(0).mentions("veth7")).isTrue();
        assertThat(rules.get(1).mentions("veth7")).isFalse();
        assertThat(rules.get(1).mentions(ONE.bytes())).isTrue();
        assertThat(rules.get(1).mentions(TWO.bytes())).isFalse();
        assertThat(rules.get(1).lookups()).containsExactly("m");
        assertThat(nftables.elements(TABLE, "m"))
                .containsExactlyInAnyOrder(
                        SetElement.of(Value.port(80)).leadingTo(Verdict.goTo("a")).commented("web"),
                        SetElement.of(Value.port(81)).leadingTo(Verdict.drop()));
    }

    @Test
    void findsOneElementByItsKey() {
        nftables.commit(set().addElement(TABLE, "s", SetElement.of(ONE).commented("mine")));

        assertThat(nftables.element(TABLE, "s", ONE).orElseThrow().comment()).isEqualTo("mine");
        assertThat(nftables.element(TABLE, "s", TWO)).isEmpty();
    }

    @Test
    void whatIsMissingReadsAsEmpty() {
        assertMissing();

        nftables.commit(new NftBatch().ensureTable(TABLE));

        assertMissing();
    }

    private void assertMissing() {
        assertThat(nftables.chains(TABLE)).isEmpty();
        assertThat(nftables.chain(TABLE, "c")).isEmpty();
        assertThat(nftables.rules(TABLE, "c")).isEmpty();
        assertThat(nftables.elements(TABLE, "s")).isEmpty();
        assertThat(nftables.element(TABLE, "s", ONE)).isEmpty();
        assertThat(nftables.hasTable(new Table(Family.BRIDGE, TABLE.name()))).isFalse();
    }

    // All or nothing

    @Test
    void oneRefusalUndoesTheBatchAndIsNamed() {
        nftables.commit(set());
        String before = host.listing();
        NftBatch batch =
                new NftBatch()
                        .addElement(TABLE, "s", SetElement.of(ONE))
                        .ensureChain(TABLE, "new")
                        .deleteElement(TABLE, "s", TWO)
                        .deleteChain(TABLE, "gone");

        KernelException refused =
                catchThrowableOfType(KernelException.class, () -> nftables.commit(batch));

        assertThat(refused)
                .hasMessage(
                        "delete element 10.0.0.2 of inet pontoon s: No such file or directory (ENOENT)");
        assertThat(refused.getSuppressed()).hasSize(1);
        assertThat(refused.getSuppressed()[0])
                .hasMessageStartingWith("delete chain inet pontoon gone: ");
        assertThat(host.listing()).isEqualTo(before);
    }

    @Test
    void anEmptyBatchChangesNothing() {
        int generation = nftables.generation();

        nftables.commit(new NftBatch());

        assertThat(nftables.generation()).isEqualTo(generation);
    }

    @Test
    void ensuringTwiceChangesNothing() {
        NftBatch batch =
                set().ensureChain(TABLE, "c")
                        .ensureBaseChain(TABLE, "b", BaseChain.filter(Hook.FORWARD, 0))
                        .addElement(TABLE, "s", SetElement.of(ONE));
        nftables.commit(batch);
        String before = host.listing();

        nftables.commit(batch);

        assertThat(host.listing()).isEqualTo(before);
    }

    @Test
    void ensureThenDeleteWorksWhetherOrNotItWasThere() {
        nftables.commit(new NftBatch().ensureTable(TABLE).deleteTable(TABLE));
        assertThat(host.listing()).isEmpty();

        nftables.commit(set());
        nftables.commit(new NftBatch().ensureTable(TABLE).deleteTable(TABLE));
        assertThat(host.listing()).isEmpty();
    }

    @Test
    void aTakenKeyIsRefused() {
        nftables.commit(set().createElement(TABLE, "s", SetElement.of(ONE).commented("first")));

        NftBatch second = new NftBatch().createElement(TABLE, "s", SetElement.of(ONE));

        assertThatThrownBy(() -> nftables.commit(second))
                .hasMessage("add element 10.0.0.1 to inet pontoon s: File exists (EEXIST)");
        assertThat(nftables.element(TABLE, "s", ONE).orElseThrow().comment()).isEqualTo("first");
    }

    @Test
    void anElementCanBeReplacedInOneBatch() {
        nftables.commit(set().addElement(TABLE, "s", SetElement.of(ONE).commented("old")));

        nftables.commit(
                new NftBatch()
                        .deleteElement(TABLE, "s", ONE)
                        .addElement(TABLE, "s", SetElement.of(ONE).commented("new")));

        assertThat(host.listing()).contains("10.0.0.1 comment \"new\"").doesNotContain("old");
    }

    @Test
    void aRemovalTakesTheRestWhereSomethingIsGoneAlready() {
        nftables.commit(
                new NftBatch()
                        .ensureTable(TABLE)
                        .ensureSet(TABLE, SET)
                        .addElement(TABLE, "s", SetElement.of(ONE)));
        NftBatch both =
                new NftBatch().deleteElement(TABLE, "s", TWO).deleteElement(TABLE, "s", ONE);

        assertThatThrownBy(() -> nftables.commit(both)).isInstanceOf(KernelException.class);
        assertThat(host.listing()).contains("10.0.0.1");

        nftables.commitRemoval(both);
        assertThat(host.listing()).doesNotContain("10.0.0.1");
        nftables.commitRemoval(both);
    }

    @Test
    void aChangeCanDependOnWhatWasRead() {
        nftables.commit(set());
        int generation = nftables.generation();
        host.another().commit(new NftBatch().ensureChain(TABLE, "between"));

        NftBatch batch = new NftBatch().addElement(TABLE, "s", SetElement.of(ONE));

        assertThat(nftables.commitIfUnchanged(batch, generation)).isFalse();
        assertThat(host.listing()).doesNotContain("10.0.0.1");
        assertThat(nftables.commitIfUnchanged(batch, nftables.generation())).isTrue();
        assertThat(host.listing()).contains("10.0.0.1");
    }

    // Rules and chains

    @Test
    void rulesGoWhereTheyAreSent(Host testHost) {
        nftables.commit(
                new NftBatch()
                        .ensureTable(TABLE)
                        .ensureChain(TABLE, "c")
                        .addRule(TABLE, "c", rule().counter(), "2")
                        .addRule(TABLE, "c", rule().counter(), "3")
                        .insertRule(TABLE, "c", rule().counter(), "1"));
        List<Rule> rules = nftables.rules(TABLE, "c");

        nftables.commit(
                new NftBatch()
                        .replaceRule(TABLE, "c", rules.get(1).handle(), rule().counter(), "two")
                        .deleteRule(TABLE, "c", rules.get(2).handle()));

        assertThat(comments(testHost)).containsExactly("1", "two");
        nftables.commit(new NftBatch().flushChain(TABLE, "c"));
        assertThat(comments(testHost)).isEmpty();
    }

    private static List<String> comments(Host host) {
        List<String> comments = new ArrayList<>();
        for (JsonNode each :
                host.json("nft", "-j", "list", "chain", "inet", "pontoon", "c").get("nftables")) {
            if (each.has("rule")) {
                comments.add(each.get("rule").get("comment").asText());
            }
        }
        return comments;
    }

    @Test
    void aChainInUseStays() {
        nftables.commit(
                new NftBatch()
                        .ensureTable(TABLE)
                        .ensureChain(TABLE, "a")
                        .ensureChain(TABLE, "b")
                        .addRule(TABLE, "a", rule().then(Verdict.jump("b")), ""));

        assertThatThrownBy(() -> nftables.commit(new NftBatch().deleteChain(TABLE, "b")))
                .isInstanceOfSatisfying(
                        KernelException.class, e -> assertThat(e.is(Errno.EBUSY)).isTrue());
        nftables.commit(new NftBatch().deleteChain(TABLE, "a").deleteChain(TABLE, "b"));
        assertThat(host.listing()).doesNotContain("chain");
    }

    @Test
    void rangesGoAsTheyCame() {
        nftables.commit(
                new NftBatch()
                        .ensureTable(TABLE)
                        .ensureSet(TABLE, SetDefinition.ranges("r", DataType.IPV4_ADDRESS))
                        .addRange(TABLE, "r", SetElement.of(ONE), address(10, 0, 0, 9))
                        .addRange(
                                TABLE,
                                "r",
                                SetElement.of(address(224, 0, 0, 0)),
                                address(255, 255, 255, 255)));
        assertThat(nftables.elements(TABLE, "r")).hasSize(2);

        nftables.commit(
                new NftBatch()
                        .deleteRange(TABLE, "r", ONE, address(10, 0, 0, 9))
                        .deleteRange(
                                TABLE, "r", address(224, 0, 0, 0), address(255, 255, 255, 255)));

        assertThat(host.listing()).doesNotContain("elements");
    }

    // Many

    @Test
    void fiveThousandElementsWithOwners() {
        nftables.commit(set());
        for (int i = 0; i < 5; i++) {
            NftBatch batch = new NftBatch();
            for (int j = 0; j < 1000; j++) {
                batch.addElement(
                        TABLE,
                        "s",
                        SetElement.of(numbered(i * 1000 + j)).commented("owner " + (i * 1000 + j)));
            }
            nftables.commit(batch);
        }

        assertThat(nftables.elements(TABLE, "s")).hasSize(5000);
        assertThat(nftables.element(TABLE, "s", numbered(4321)).orElseThrow().comment())
                .isEqualTo("owner 4321");
        assertThat(host.listing()).contains("10.0.16.225 comment \"owner 4321\"");
        nftables.commit(new NftBatch().flushSet(TABLE, "s"));
        assertThat(host.listing()).doesNotContain("elements");
    }

    @Test
    void parallelCommitsAllArrive() throws Exception {
        nftables.commit(set());
        int threads = 8;
        int each = 50;
        List<Callable<Integer>> tasks = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Nftables own = host.another();
            int first = i * each;
            tasks.add(() -> addAndFind(own, first, each));
        }
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            for (Future<Integer> found : executor.invokeAll(tasks)) {
                assertThat(found.get()).isEqualTo(each);
            }
        }

        assertThat(nftables.elements(TABLE, "s")).hasSize(threads * each);
    }

    private static int addAndFind(Nftables nftables, int first, int count) {
        int found = 0;
        for (int i = first; i < first + count; i++) {
            nftables.commit(new NftBatch().addElement(TABLE, "s", SetElement.of(numbered(i))));
            found += nftables.element(TABLE, "s", numbered(i)).isPresent() ? 1 : 0;
        }
        return found;
    }

    private static NftBatch set() {
        return new NftBatch().ensureTable(TABLE).ensureSet(TABLE, SET);
    }

    private static Value numbered(int number) {
        return address(10, 0, number >> 8, number & 255);
    }
}
