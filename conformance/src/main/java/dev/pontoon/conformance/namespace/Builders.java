package dev.pontoon.conformance.namespace;

import java.util.List;
import java.util.Optional;

/** All ways in which the harness builds namespaces. */
public final class Builders {

    private static final List<NamespaceBuilder> ALL =
            List.of(
                    new IpNetns(),
                    new UnshareFile(),
                    new OwnThread(),
                    OciGap.runc(),
                    new RuncPath(),
                    new RuncHooks(),
                    new DockerSteps(),
                    OciGap.crun(),
                    OciGap.runcWithUserNamespace(),
                    Pinns.plain(),
                    Pinns.withUserNamespace(),
                    new DeadPlainFile(),
                    new DeadZombie(),
                    DeadReusedPid.byHost(),
                    DeadReusedPid.byOtherContainer(),
                    new DeadMountNamespace(),
                    Docker.none(),
                    Docker.pid(),
                    Docker.host(),
                    Docker.container(),
                    Docker.userNamespace(),
                    new ContainerdCri(),
                    new Ctr(),
                    new PodmanNetwork(),
                    PodmanUnmanaged.none(),
                    PodmanUnmanaged.ofPath(),
                    new KindNode());

    private Builders() {}

    /** In the order of lists and reports; the first needs nothing but iproute2. */
    public static List<NamespaceBuilder> all() {
        return ALL;
    }

    /** The builder of that id, if there is one. */
    public static Optional<NamespaceBuilder> named(String id) {
        return ALL.stream().filter(builder -> builder.id().equals(id)).findFirst();
    }
}
