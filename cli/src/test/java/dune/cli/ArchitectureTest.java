package dune.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Imports run one way. Between modules Maven enforces it too; the packages inside, and the
/// libraries that a module may touch, stand only here.
final class ArchitectureTest {
  private static final JavaClasses DUNE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dune");

  /// Root package of each module, and what it may use besides the JDK and itself.
  private static final SequencedMap<String, List<String>> MAY_USE = new LinkedHashMap<>();

  private static final String BYTEDECO = "org.bytedeco";

  static {
    MAY_USE.put("dune.grammar", List.of("org.antlr"));
    MAY_USE.put("dune.ir", List.of());
    MAY_USE.put("dune.frontend", List.of("dune.grammar", "dune.ir", "org.antlr"));
    MAY_USE.put("dune.passes", List.of("dune.ir"));
    MAY_USE.put("dune.weights", List.of("dune.ir", "com.fasterxml.jackson"));
    MAY_USE.put("dune.backend", List.of("dune.ir", "dune.weights", BYTEDECO));
    MAY_USE.put("dune.models", List.of());
    MAY_USE.put(
        "dune.runtime",
        List.of(
            "dune.ir",
            "dune.frontend",
            "dune.passes",
            "dune.weights",
            "dune.backend",
            "dune.models",
            "ai.djl",
            "com.fasterxml.jackson"));
    MAY_USE.put(
        "dune.cli",
        List.of(
            "dune.ir",
            "dune.frontend",
            "dune.passes",
            "dune.weights",
            "dune.backend",
            "dune.models",
            "dune.runtime",
            "org.jline",
            "picocli"));
  }

  @TestFactory
  Stream<DynamicTest> modulesImportOneWay() {
    return MAY_USE.entrySet().stream()
        .map(module -> DynamicTest.dynamicTest(module.getKey(), () -> importsOneWay(module)));
  }

  private static void importsOneWay(Map.Entry<String, List<String>> module) {
    List<String> allowed = new ArrayList<>(module.getValue());
    allowed.add(module.getKey());
    // The JDK, and what it adds to itself.
    allowed.addAll(List.of("java", "com.sun.management"));
    classes()
        .that()
        .resideInAPackage(module.getKey() + "..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                Stream.concat(allowed.stream().map(name -> name + ".."), Stream.of(""))
                    .toArray(String[]::new)))
        .allowEmptyShould(true)
        .check(DUNE);
  }

  @Test
  void everyPackageBelongsToAModule() {
    noClasses()
        .should()
        .resideOutsideOfPackages(
            MAY_USE.keySet().stream().map(name -> name + "..").toArray(String[]::new))
        .check(DUNE);
  }

  @Test
  void packagesAreFreeOfCycles() {
    slices().assignedFrom(new ByPackage()).should().beFreeOfCycles().check(DUNE);
  }

  @Test
  void onePackageTouchesBytedeco() {
    SequencedSet<String> packages = new LinkedHashSet<>();
    for (var type : DUNE) {
      if (type.getDirectDependenciesFromSelf().stream()
          .anyMatch(use -> use.getTargetClass().getPackageName().startsWith(BYTEDECO))) {
        packages.add(type.getPackageName());
      }
    }
    assertThat(packages).hasSizeLessThanOrEqualTo(1);
  }

  @Test
  void nothingUsesTheCommandLine() {
    noClasses()
        .that(not(resideInAnyPackage("dune.cli..")))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dune.cli..")
        .check(DUNE);
  }

  /// One slice per package, parents apart from their children.
  private static final class ByPackage implements SliceAssignment {
    @Override
    public String getDescription() {
      return "packages";
    }

    @Override
    public SliceIdentifier getIdentifierOf(JavaClass type) {
      return SliceIdentifier.of(type.getPackageName());
    }
  }
}
