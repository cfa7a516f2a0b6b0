package dev.pontoon.linux.nft;

import java.util.List;
import java.util.function.Function;

/**
 * Whether a chain refuses a packet for certain, told from what each of its rules would do. A rule
 * of which it is not known whether it matches never makes for a refusal, and one that may accept
 * makes it uncertain.
 */
public final class ChainForecast {
    // iptables itself allows no loops; this is for what somebody else has made.
    private static final int DEEPEST = 64;

    private final Function<String, List<RuleOutcome>> rules;

    private enum Result {
        REFUSED,
        /** Accepted, or that cannot be told. */
        NOT_REFUSED,
        /** At the chain's end without a decision. */
        OPEN
    }

    /** {@code rules} gives the outcomes of a chain by its name, in order. */
    public ChainForecast(Function<String, List<RuleOutcome>> rules) {
        this.rules = rules;
    }

    /** Whether a base chain with this policy refuses the packet for certain. */
    public boolean refuses(String chain, boolean refusesByDefault) {
        return switch (walk(chain, 0)) {
            case REFUSED -> true;
            case NOT_REFUSED -> false;
            case OPEN -> refusesByDefault;
        };
    }

    private Result walk(String chain, int depth) {
        if (depth > DEEPEST) {
            return Result.NOT_REFUSED;
        }
        boolean mayHaveReturned = false;
        for (RuleOutcome each : rules.apply(chain)) {
            Result result = result(each, depth);
            if (each.action() == RuleOutcome.Action.RETURN) {
                if (each.certain()) {
                    return Result.OPEN;
                }
                mayHaveReturned = true;
            } else if (result == Result.NOT_REFUSED) {
                return result;
            } else if (result == Result.REFUSED && each.certain()) {
                return mayHaveReturned ? Result.OPEN : result;
            } else if (each.action() == RuleOutcome.Action.GOTO && each.certain()) {
                return Result.OPEN;
            }
        }
        return Result.OPEN;
    }

    private Result result(RuleOutcome rule, int depth) {
        return switch (rule.action()) {
            case ACCEPT -> Result.NOT_REFUSED;
            case REFUSE -> Result.REFUSED;
            case JUMP, GOTO -> walk(rule.chain(), depth + 1);
            case RETURN, NOTHING -> Result.OPEN;
        };
    }
}
