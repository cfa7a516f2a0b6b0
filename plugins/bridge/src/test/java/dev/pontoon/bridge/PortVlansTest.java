package dev.pontoon.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.pontoon.linux.VlanRange;
import java.util.List;
import org.junit.jupiter.api.Test;

class PortVlansTest {
    private static VlanRange tagged(int from, int to) {
        return new VlanRange(from, to, false, false);
    }

    private static VlanRange own(int id) {
        return new VlanRange(id, id, true, true);
    }

    private static List<VlanRange> wanted(String keys) {
        return PortVlans.wanted(Configs.read(keys));
    }

    @Test
    void trunkIsSortedAndJoinedWhateverItsEntriesLookLike() {
        assertThat(
                        wanted(
                                "'vlan':9,'vlanTrunk':[{'id':300},{'minID':200,'maxID':210},{'id':211},"
                                        + "{'minID':205,'maxID':208,'id':301},{'id':300},{'id':4094},{'id':1}]"))
                .containsExactly(
                        own(9),
                        tagged(1, 1),
                        tagged(200, 211),
                        tagged(300, 301),
                        tagged(4094, 4094));
    }

    @Test
    void trunkAloneKeepsVlan1ForUntaggedFrames() {
        assertThat(wanted("'vlanTrunk':[{'id':300}]")).containsExactly(tagged(300, 300), own(1));
    }

    @Test
    void emptyTrunkMakesTheBridgeFilterAndChangesNoPort() {
        assertThat(wanted("'vlanTrunk':[]")).isEmpty();
        assertThat(Configs.read("'vlanTrunk':[]").usesVlans()).isTrue();
        assertThat(wanted("")).isEmpty();
        assertThat(Configs.read("").usesVlans()).isFalse();
    }

    @Test
    void missingVlansAreThoseThePortIsNotIn() {
        List<VlanRange> wanted = List.of(own(100), tagged(200, 203));
        assertThat(PortVlans.missing(wanted, List.of(tagged(1, 4094))).isEmpty()).isTrue();
        assertThat(PortVlans.missing(wanted, List.of(own(100), tagged(201, 202))).toString())
                .isEqualTo("{200, 203}");
    }
}
