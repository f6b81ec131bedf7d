package dev.counterweight;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.stream.Stream;

/** The layout is the architecture: a core that can be read on its own, and what is around it. */
@AnalyzeClasses(
    packages = "dev.counterweight",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  private static final String[] CORE = {
    "..tensor..",
    "..event..",
    "..weights..",
    "..sampling..",
    "..batch..",
    "..loss..",
    "..serving..",
    "..evaluation..",
    "..protocol..",
    "..profile..",
    "..joining..",
    "..judging..",
    "..payments..",
    "..forest.."
  };
  private static final String[] AROUND = {
    "..config..",
    "..kafka..",
    "..runtime..",
    "..streams..",
    "..registry..",
    "..learning..",
    "..letters..",
    "..checkpoint..",
    "..exporting..",
    "..inference..",
    "..joiner..",
    "..judge..",
    "..counter..",
    "..sampler..",
    "..trainer..",
    "..scorer..",
    "..scoring..",
    "..live..",
    "..demo..",
    "..cli.."
  };

  @ArchTest
  static final ArchRule dependenciesPointOneWay =
      layeredArchitecture()
          .consideringOnlyDependenciesInAnyPackage("dev.counterweight..")
          .layer("cli")
          .definedBy("..cli..")
          .layer("demo")
          .definedBy("..demo..")
          .layer("live")
          .definedBy("..live..")
          .layer("library")
          .definedBy("..scoring..")
          .layer("roles")
          .definedBy(
              "..joiner..", "..counter..", "..sampler..", "..trainer..", "..scorer..", "..judge..")
          .layer("parts")
          .definedBy(
              "..learning..",
              "..letters..",
              "..registry..",
              "..checkpoint..",
              "..exporting..",
              "..inference..",
              "..kafka..",
              "..runtime..",
              "..streams..")
          .layer("config")
          .definedBy("..config..")
          .layer("core")
          .definedBy(CORE)
          .whereLayer("cli")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("demo")
          .mayOnlyBeAccessedByLayers("cli")
          .whereLayer("live")
          .mayOnlyBeAccessedByLayers("demo", "cli")
          .whereLayer("library")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("roles")
          .mayOnlyBeAccessedByLayers("demo", "cli")
          .whereLayer("parts")
          .mayOnlyBeAccessedByLayers("roles", "library", "live", "demo", "cli")
          .whereLayer("config")
          .mayOnlyBeAccessedByLayers("parts", "roles", "live", "demo", "cli");

  @ArchTest
  static final ArchRule roomsHaveNoCycles =
      slices().matching("dev.counterweight.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule rolesNeverImportEachOther =
      slices()
          .matching("dev.counterweight.(joiner|counter|sampler|trainer|scorer|judge)..")
          .should()
          .notDependOnEachOther();

  @ArchTest
  static final ArchRule oneRoomImportsDjl =
      noClasses()
          .that()
          .resideOutsideOfPackage("..learning..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("ai.djl..");

  /** Who scores in a program of his own has neither brokers nor metrics to do with it. */
  @ArchTest
  static final ArchRule theLibraryKnowsNoKafkaNoMetersNoRuntime =
      noClasses()
          .that()
          .resideInAPackage("..scoring..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.kafka..",
              "io.micrometer..",
              "dev.counterweight.kafka..",
              "dev.counterweight.runtime..",
              "dev.counterweight.config..");

  @ArchTest
  static final ArchRule coreKnowsNoKafkaNoDjlNoMetersNoConfig =
      noClasses()
          .that()
          .resideInAnyPackage(CORE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.kafka..", "ai.djl..", "io.micrometer..", "dev.counterweight.config..");

  @ArchTest
  static final ArchRule namesSayWhatThingsAre =
      noClasses()
          .should()
          .haveSimpleNameEndingWith("Utils")
          .orShould()
          .haveSimpleNameEndingWith("Manager")
          .orShould()
          .haveSimpleNameEndingWith("Impl");

  @ArchTest
  static final ArchRule everyClassLivesInARoom =
      classes()
          .that(alwaysTrue())
          .should()
          .resideInAnyPackage(
              Stream.concat(Stream.of(CORE), Stream.of(AROUND)).toArray(String[]::new));
}
