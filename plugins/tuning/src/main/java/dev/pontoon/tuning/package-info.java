/**
 * The {@code tuning} plugin: sets sysctls and attributes of an interface that an earlier plugin of
 * the chain made, and puts back what was there. Start at {@link dev.pontoon.tuning.TuningPlugin}.
 *
 * <p>The surprising fact: several attachments of one container share its sysctls. What one of them
 * set is put back only as long as nobody has set it anew; otherwise the later one inherits what was
 * there before.
 */
@NullMarked
package dev.pontoon.tuning;

import org.jspecify.annotations.NullMarked;
