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

/** The layout is the architecture: rooms on the data path, dependencies one way. */
@AnalyzeClasses(
    packages = "dev.counterweight",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

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
          .layer("roles")
          .definedBy("..counter..", "..sampling..", "..training..")
          .layer("parts")
          .definedBy("..checkpoint..", "..batch..", "..evaluation..", "..weights..", "..runtime..")
          .layer("base")
          .definedBy("..config..", "..event..")
          .whereLayer("cli")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("demo")
          .mayOnlyBeAccessedByLayers("cli")
          .whereLayer("live")
          .mayOnlyBeAccessedByLayers("demo", "cli")
          .whereLayer("roles")
          .mayOnlyBeAccessedByLayers("demo", "cli")
          .whereLayer("parts")
          .mayOnlyBeAccessedByLayers("roles", "live", "demo", "cli");

  @ArchTest
  static final ArchRule roomsHaveNoCycles =
      slices().matching("dev.counterweight.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule rolesNeverImportEachOther =
      slices()
          .matching("dev.counterweight.(counter|sampling|training)..")
          .should()
          .notDependOnEachOther();

  @ArchTest
  static final ArchRule oneRoomImportsDjl =
      noClasses()
          .that()
          .resideOutsideOfPackage("..training..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("ai.djl..");

  @ArchTest
  static final ArchRule pureRoomsKnowNoKafka =
      noClasses()
          .that()
          .resideInAnyPackage("..event..", "..weights..", "..batch..", "..evaluation..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.kafka..");

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
              "..cli..",
              "..demo..",
              "..live..",
              "..counter..",
              "..sampling..",
              "..training..",
              "..checkpoint..",
              "..batch..",
              "..evaluation..",
              "..weights..",
              "..runtime..",
              "..config..",
              "..event..");
}
