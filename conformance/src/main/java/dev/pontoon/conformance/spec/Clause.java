package dev.pontoon.conformance.spec;

/**
 * Where a demand is written, and its sentence, so that a reader can disagree with our reading.
 *
 * @param source the document
 * @param anchor the heading's anchor in it; empty where the document has none
 * @param quote the sentence, word for word where the source is a text; else what the source does
 */
public record Clause(Source source, String anchor, String quote) {

    /** A document that plugins are measured by. */
    public enum Source {
        /** The newest text of the spec, 1.1.0. */
        SPEC(
                "CNI spec 1.1.0",
                "https://github.com/containernetworking/cni/blob/spec-v1.1.0/SPEC.md"),
        /** The text as it is being written on, for what was made clearer since 1.1.0. */
        SPEC_MAIN(
                "CNI spec, main branch",
                "https://github.com/containernetworking/cni/blob/main/SPEC.md"),
        /** The text before 1.0.0, for what later texts dropped. */
        SPEC_0_4(
                "CNI spec 0.4.0",
                "https://github.com/containernetworking/cni/blob/spec-v0.4.0/SPEC.md"),
        /** The text of 0.2.0, for the first result format. */
        SPEC_0_2(
                "CNI spec 0.2.0",
                "https://github.com/containernetworking/cni/blob/spec-v0.2.0/SPEC.md"),
        /** Well-known args and capabilities. */
        CONVENTIONS(
                "CNI conventions",
                "https://github.com/containernetworking/cni/blob/main/CONVENTIONS.md"),
        /** What the well-known types of plugins promise their users. */
        PLUGINS(
                "CNI plugins' documentation",
                "https://github.com/containernetworking/cni.dev/tree/main/content/plugins/current"),
        /** How runtimes call plugins: libcni. */
        LIBCNI("libcni", "https://github.com/containernetworking/cni/tree/main/libcni"),
        /** What plugins built with the Go skeleton do, and callers therefore expect. */
        SKEL(
                "CNI plugin skeleton",
                "https://github.com/containernetworking/cni/tree/main/pkg/skel"),
        /** What containerd, CRI-O, podman, Docker or Kubernetes do with plugins. */
        RUNTIMES("container runtimes", "https://github.com/containerd/go-cni"),
        /** What operators suffered from. */
        OPERATORS("operators' reports", "https://github.com/containernetworking/plugins/issues");

        private final String title;
        private final String address;

        Source(String title, String address) {
            this.title = title;
            this.address = address;
        }

        public String title() {
            return title;
        }

        public String address() {
            return address;
        }
    }

    /** The address of the clause, with the anchor if there is one. */
    public String link() {
        return anchor.isEmpty() ? source.address() : source.address() + "#" + anchor;
    }
}
