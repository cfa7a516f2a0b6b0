package dev.pontoon.plugin;

import dev.pontoon.protocol.AddResult;
import dev.pontoon.protocol.Cidr;
import dev.pontoon.protocol.CniVersion;
import dev.pontoon.protocol.Dns;
import dev.pontoon.protocol.IpConfig;
import dev.pontoon.protocol.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A plugin that remembers how it was called, and does what a test tells it to. */
final class FakePlugin implements Plugin {
    final List<Request> requests = new ArrayList<>();
    final List<Boolean> stopsSeen = new ArrayList<>();
    List<CniVersion> versions = CniVersion.ALL;
    boolean givesAddresses = true;
    AddResult result = withAddress();
    Consumer<Call> onAdd = call -> {};
    Consumer<Call> onDel = call -> {};
    Consumer<Call> onOther = call -> {};

    static AddResult withAddress() {
        IpConfig ip = new IpConfig(Cidr.parse("10.1.0.2/24").orElseThrow(), null, null);
        return AddResult.ofIpam(List.of(ip), List.of(), Dns.NONE);
    }

    /** The simple names of the requests in their order: "Add", "Del". */
    List<String> commands() {
        return requests.stream().map(each -> each.getClass().getSimpleName()).toList();
    }

    private void saw(Request request, Call call) {
        requests.add(request);
        stopsSeen.add(call.stop().isRequested());
    }

    @Override
    public String name() {
        return "fake";
    }

    @Override
    public boolean isIpam() {
        return givesAddresses;
    }

    @Override
    public List<CniVersion> supportedVersions() {
        return versions;
    }

    @Override
    public AddResult add(Request.Add request, Call call) {
        saw(request, call);
        onAdd.accept(call);
        return result;
    }

    @Override
    public void check(Request.Check request, Call call) {
        saw(request, call);
        onOther.accept(call);
    }

    @Override
    public void del(Request.Del request, Call call) {
        saw(request, call);
        onDel.accept(call);
    }

    @Override
    public void gc(Request.Gc request, Call call) {
        saw(request, call);
        onOther.accept(call);
    }

    @Override
    public void status(Request.Status request, Call call) {
        saw(request, call);
        onOther.accept(call);
    }
}
