package dev.pontoon.staticipam;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.pontoon.testing.HouseRules;

class ArchitectureTest implements HouseRules {
    private static final JavaClasses CLASSES = HouseRules.in("dev.pontoon.staticipam", 1);

    @Override
    public JavaClasses classes() {
        return CLASSES;
    }

    @Override
    public String[] usablePackages() {
        return new String[] {
            "dev.pontoon.staticipam",
            "dev.pontoon.plugin",
            "dev.pontoon.protocol",
            "dev.pontoon.linux.."
        };
    }
}
