package dev.pontoon.firewall;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.pontoon.testing.HouseRules;

class ArchitectureTest implements HouseRules {
    private static final JavaClasses CLASSES = HouseRules.in("dev.pontoon.firewall", 15);

    @Override
    public JavaClasses classes() {
        return CLASSES;
    }

    @Override
    public String[] usablePackages() {
        return new String[] {
            "dev.pontoon.firewall",
            "dev.pontoon.attachment",
            "dev.pontoon.plugin",
            "dev.pontoon.protocol",
            "dev.pontoon.linux.."
        };
    }
}
