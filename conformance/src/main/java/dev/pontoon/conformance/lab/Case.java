package dev.pontoon.conformance.lab;

import dev.pontoon.conformance.spec.Clause;
import dev.pontoon.conformance.spec.Clause.Source;
import dev.pontoon.conformance.spec.CniVersion;
import dev.pontoon.conformance.spec.Level;
import dev.pontoon.conformance.subject.Trait;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * One demand on a plugin: who demands it, when it applies, what has to happen, and how that is
 * tried.
 *
 * @param id lower-case words, {@code verb/what}; never reused for something else
 * @param level how strongly it is demanded
 * @param clause where it is written
 * @param rows the assertions it covers, by their ids: {@code DEL-05}, {@code E02}
 * @param since the first version it applies to
 * @param until the last version it applies to
 * @param traits what a plugin has to have for it to apply; all of them
 * @param needs what the machine has to have
 * @param everywhere whether it is worth trying on every kind of namespace
 * @param thorough whether it calls a plugin so often that a quick run leaves it out
 * @param when what is done, in words
 * @param then what has to come of it, in words
 * @param body does it
 */
public record Case(
        String id,
        Level level,
        Clause clause,
        List<String> rows,
        CniVersion since,
        CniVersion until,
        Set<Trait> traits,
        Set<Need> needs,
        boolean everywhere,
        boolean thorough,
        String when,
        String then,
        Body body) {

    /** Tries a case. */
    @FunctionalInterface
    public interface Body {
        /**
         * @throws Unmet when the plugin does something else
         * @throws NotHere when it cannot be tried here
         */
        void run(Lab lab);
    }

    /** Begins a case; {@link Draft#run} ends it. */
    public static Draft named(String id) {
        return new Draft(id);
    }

    /** A case that is being written down. */
    public static final class Draft {
        private final String id;
        private Level level = Level.MUST;
        private Clause clause = new Clause(Source.SPEC, "", "");
        private final List<String> rows = new ArrayList<>();
        private CniVersion since = CniVersion.V0_1_0;
        private CniVersion until = CniVersion.V1_1_0;
        private final Set<Trait> traits = EnumSet.noneOf(Trait.class);
        private final Set<Need> needs = EnumSet.noneOf(Need.class);
        private boolean everywhere;
        private boolean thorough;
        private String when = "";
        private String then = "";

        private Draft(String id) {
            if (!id.matches("[a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*")) {
                throw new IllegalArgumentException("not an id of a case: " + id);
            }
            this.id = id;
        }

        public Draft level(Level level) {
            this.level = level;
            return this;
        }

        /** Where the spec's newest text says so: anchor of the heading, and the sentence. */
        public Draft spec(String anchor, String quote) {
            return source(Source.SPEC, anchor, quote);
        }

        public Draft source(Source source, String anchor, String quote) {
            clause = new Clause(source, anchor, quote);
            return this;
        }

        /** The assertions that this case covers. */
        public Draft rows(String... ids) {
            rows.addAll(List.of(ids));
            return this;
        }

        public Draft since(CniVersion version) {
            since = version;
            return this;
        }

        public Draft until(CniVersion version) {
            until = version;
            return this;
        }

        /** Applies only to plugins that have all of these. */
        public Draft of(Trait... needed) {
            traits.addAll(List.of(needed));
            return this;
        }

        public Draft needs(Need... needed) {
            needs.addAll(List.of(needed));
            return this;
        }

        /** The kind of namespace matters: a full run tries it on every builder. */
        public Draft everywhere() {
            everywhere = true;
            return this;
        }

        /** Dozens of calls: a quick run leaves it out, unless it is named. */
        public Draft thorough() {
            thorough = true;
            return this;
        }

        public Draft when(String words) {
            when = words;
            return this;
        }

        public Draft then(String words) {
            then = words;
            return this;
        }

        public Case run(Body body) {
            return new Case(
                    id,
                    level,
                    clause,
                    List.copyOf(rows),
                    since,
                    until,
                    Set.copyOf(traits),
                    Set.copyOf(needs),
                    everywhere,
                    thorough,
                    when,
                    then,
                    body);
        }
    }
}
