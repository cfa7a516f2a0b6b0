package dev.pontoon.conformance.namespace;

import dev.pontoon.conformance.host.Host;

/** An image of one static program, busybox, that sleeps; made on the spot, so nothing is pulled. */
final class BusyboxImage {

    /** The image's full name in any runtime. */
    static final String NAME = "localhost/cni-conformance:1";

    private static final String FOLDER = Host.OWN + "/image";

    private static final String MAKE =
            """
            mkdir -p "$1/root/bin" "$1/root/proc" "$1/root/sys" "$1/root/dev" "$1/root/etc"
            cp "$(command -v busybox)" "$1/root/bin/busybox"
            for applet in sh sleep cat; do ln -sf busybox "$1/root/bin/$applet"; done
            cd "$1"
            tar -C root -cf layer.tar .
            layer=$(sha256sum layer.tar | cut -d' ' -f1)
            machine=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
            printf '{"architecture":"%s","os":"linux","config":{"Entrypoint":["/bin/sleep","1000000"],\
            "Env":["PATH=/bin"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]},"history":[{}]}' \
                "$machine" "$layer" > config.json
            printf '[{"Config":"config.json","RepoTags":["%s"],"Layers":["layer.tar"]}]' "$2" > manifest.json
            tar -cf archive.tar manifest.json config.json layer.tar
            """;

    private BusyboxImage() {}

    /** The image's only layer, as a path of the host. */
    static String layer(Host host) {
        make(host);
        return FOLDER + "/layer.tar";
    }

    /** The image as {@code docker save} would write it, as a path of the host. */
    static String archive(Host host) {
        make(host);
        return FOLDER + "/archive.tar";
    }

    private static void make(Host host) {
        if (!host.exists(FOLDER + "/archive.tar")) {
            host.script(MAKE, FOLDER, NAME);
        }
    }
}
