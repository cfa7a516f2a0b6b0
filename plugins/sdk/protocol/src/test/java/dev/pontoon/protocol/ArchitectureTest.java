package dev.pontoon.protocol;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.pontoon.testing.HouseRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest implements HouseRules {
    private static final JavaClasses CLASSES = HouseRules.in("dev.pontoon.protocol", 20);

    @Override
    public JavaClasses classes() {
        return CLASSES;
    }

    @Override
    public String[] usablePackages() {
        return new String[] {"dev.pontoon.protocol", "com.fasterxml.jackson.."};
    }

    @Test
    void noObjectMapperIsUsed() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("com.fasterxml.jackson.databind.ObjectMapper")
                .because("it costs a cold start 25 ms")
                .check(CLASSES);
    }

    @Test
    void noParserOrGeneratorOfJacksonIsUsed() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.fasterxml.jackson.core..")
                .because("it costs a cold start 18 ms")
                .check(CLASSES);
    }

    @Test
    void foreignTypesDoNotShow() {
        methods()
                .that()
                .areDeclaredInClassesThat()
                .arePublic()
                .and()
                .arePublic()
                .should(haveNoForeignTypes())
                .check(CLASSES);
        noFields()
                .that()
                .arePublic()
                .or()
                .areProtected()
                .should()
                .haveRawType(resideInAnyPackage("com.fasterxml.."))
                .check(CLASSES);
    }

    private static ArchCondition<JavaMethod> haveNoForeignTypes() {
        return new ArchCondition<>("have no types of other projects in the signature") {
            @Override
            public void check(JavaMethod method, ConditionEvents events) {
                for (JavaClass type : method.getAllInvolvedRawTypes()) {
                    String name = type.getBaseComponentType().getPackageName();
                    boolean ours =
                            name.isEmpty()
                                    || name.startsWith("java.")
                                    || name.startsWith("dev.pontoon.");
                    events.add(
                            new SimpleConditionEvent(
                                    method,
                                    ours,
                                    method.getFullName() + " shows " + type.getName()));
                }
            }
        };
    }
}
