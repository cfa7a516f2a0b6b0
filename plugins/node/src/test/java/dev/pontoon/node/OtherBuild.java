package dev.pontoon.node;

/** The package under test, as it would be if it had been made from something else. */
final class OtherBuild {
    /** As long as a build's id is, because it takes the place of one inside the launcher. */
    static final String ID = "another-build-00";

    private OtherBuild() {}

    /** A script that makes it in that folder, which must not be there. */
    static String script(Object folder) {
        return """
        cp -a %1$s %2$s
        cd %2$s
        build=$(cat lib/build-id)
        LC_ALL=C sed -i "s/$build/%3$s/" lib/launcher lib/build-id
        mv "lib/pontoon-$build.aot" lib/pontoon-%3$s.aot
        find . -type f ! -path ./lib/SHA256SUMS -printf '%%P\\0' | xargs -0 sha256sum >lib/SHA256SUMS
        """
                .formatted(EdgeNode.dist(), folder, ID);
    }
}
