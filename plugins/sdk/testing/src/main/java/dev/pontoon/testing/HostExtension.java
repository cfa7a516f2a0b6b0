package dev.pontoon.testing;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives each test that has a {@link Host} parameter a fresh one, and closes it after the test,
 * passed or not. Constructor, {@code @BeforeEach} and the test share one; a host taken by
 * {@code @BeforeAll} is shared by the class. Without root the test is skipped, see {@link
 * Need#root}.
 */
public final class HostExtension implements ParameterResolver {

    /** A system property: a script that every host begins with. */
    public static final String PREPARE = "pontoon.prepare";

    private static final Namespace NAMESPACE = Namespace.create(HostExtension.class);

    @Override
    public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
        return ExtensionContextScope.TEST_METHOD;
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Host.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Need.root();
        // The store closes what it holds when its context ends.
        return context.getStore(NAMESPACE).computeIfAbsent(Host.class, _ -> create(), Host.class);
    }

    private static Host create() {
        Host host = Host.create();
        String prepare = System.getProperty(PREPARE, "");
        if (!prepare.isEmpty()) {
            host.sh(prepare);
        }
        return host;
    }
}
