package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Host;
import java.util.List;
import java.util.UUID;

/**
 * What CRI-O's helper pinns does, in its order and with its kernel calls: a namespace mounted on a
 * file of mode 0 before the container exists, for pods with a user namespace inside that one.
 */
final class Pinns extends ProbedBuilder {

    private static final String FOLDER = "/var/run/netns/";
    private static final String USER_FOLDER = Host.OWN + "/pinns/userns/";

    /** Opens the file as open(2) with mode 0 does, then mounts the new namespace of this shell. */
    private static final String PLAIN =
            """
            mkdir -p "${1%/*}"; umask 777; : > "$1"
            unshare --net sh -e -c 'mount --bind "/proc/$$/ns/net" "$0"' "$1"
            """;

    /**
     * A helper makes the user namespace and waits while its mappings are written; another one, in
     * it, makes the network namespace; both end when both namespaces are mounted.
     */
    private static final String WITH_USER =
            """
            mkdir -p "${1%/*}" "${2%/*}"; (umask 777; : > "$1"; : > "$2")
            is() { [ "$(readlink "/proc/$1/ns/$2" 2> /dev/null)" != "$(readlink "/proc/self/ns/$2")" ]; }
            wait_for() { n=0; until is "$1" "$2"; do n=$((n + 1)); [ $n -lt 500 ]; sleep 0.01; done; }
            unshare --user sleep 60 < /dev/null > /dev/null 2>&1 & user=$!
            trap 'kill -9 $user $net 2> /dev/null || :' EXIT
            wait_for $user user
            echo '0 500000 65536' > /proc/$user/gid_map
            echo '0 500000 65536' > /proc/$user/uid_map
            mount --bind /proc/$user/ns/user "$2"
            nsenter --user="$2" unshare --net sleep 60 < /dev/null > /dev/null 2>&1 & net=$!
            wait_for $net net
            mount --bind /proc/$net/ns/net "$1"
            """;

    private final boolean userNamespace;

    private Pinns(String id, String title, boolean userNamespace, String owner) {
        super(
                id,
                title,
                List.of("unshare", "nsenter"),
                new Shape(
                        "pinns, before the container",
                        "mount on /var/run/netns/UUID, a file of mode 0",
                        "/var/run/netns/UUID",
                        "before the container exists",
                        "the live namespace",
                        owner));
        this.userNamespace = userNamespace;
    }

    static Pinns plain() {
        return new Pinns("pinns", "CRI-O's pinns", false, "the host's");
    }

    static Pinns withUserNamespace() {
        return new Pinns("pinns-userns", "CRI-O's pinns, user namespace", true, "the container's");
    }

    @Override
    public Workshop open(Host host) {
        return idle(name -> build(host, name));
    }

    private Container build(Host host, String name) {
        String file = FOLDER + UUID.randomUUID();
        if (!userNamespace) {
            host.script(PLAIN, file);
            return new Pinned(host, name, file, List.of());
        }
        String userFile = USER_FOLDER + name;
        host.script(WITH_USER, file, userFile);
        return new Pinned(host, name, file, List.of(userFile));
    }

    /** A pod's namespace; CRI-O ends the pod's processes before DEL and unmounts after it. */
    private static final class Pinned extends HostContainer {
        private final String file;
        private final List<String> others;

        private Pinned(Host host, String name, String file, List<String> others) {
            super(host, name);
            this.file = file;
            this.others = others;
        }

        @Override
        public String netns() {
            return file;
        }

        @Override
        public void stop() {
            // The file keeps the namespace; that no process is left in it changes nothing.
        }

        @Override
        public void destroy() {
            PinnedFile.remove(host(), file);
            others.forEach(other -> PinnedFile.remove(host(), other));
        }
    }
}
