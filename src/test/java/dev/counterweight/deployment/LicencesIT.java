package dev.counterweight.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What ships may be shipped: read from the bill of materials that the build makes. */
class LicencesIT {
  private static final Path BOM = Path.of("target", "bom.json");

  private static final Pattern CLASSIFIER = Pattern.compile("[?&]classifier=([^&]+)");

  /** By identifier or name; of several that a library offers, one has to be here. */
  private static final Set<String> ALLOWED =
      Set.of(
          "Apache-2.0",
          "MIT",
          "BSD-2-Clause",
          "BSD-3-Clause",
          "CC0-1.0",
          "EPL-1.0",
          "EPL-2.0",
          // As their own files say, these are the two- and three-clause ones.
          "Go License",
          "BSD-4-Clause");

  @Test
  void everyLibraryThatShipsHasALicenceThatIsNotTheGpl() throws IOException {
    JsonNode components = components();
    List<String> refused = new ArrayList<>();
    for (JsonNode component : components) {
      Set<String> licences = licences(component);
      if (licences.stream().noneMatch(ALLOWED::contains)) {
        refused.add(component.get("name").asText() + " " + licences);
      }
    }
    assertThat(components).hasSizeGreaterThan(20);
    assertThat(refused).isEmpty();
  }

  @Test
  void theBillListsEveryJarThatShips() throws IOException {
    String classPath = Files.readString(Path.of("target", "classpath.txt")).trim();
    Set<String> jars = new TreeSet<>();
    for (String jar : classPath.split(File.pathSeparator)) {
      jars.add(Path.of(jar).getFileName().toString());
    }
    Set<String> listed = new TreeSet<>();
    for (JsonNode component : components()) {
      Matcher classifier = CLASSIFIER.matcher(component.get("purl").asText());
      listed.add(
          component.get("name").asText()
              + "-"
              + component.get("version").asText()
              + (classifier.find() ? "-" + classifier.group(1) : "")
              + ".jar");
    }
    assertThat(listed).isEqualTo(jars).hasSizeGreaterThan(20);
  }

  private static JsonNode components() throws IOException {
    Programs.require(Files.exists(BOM), "bill of materials (Maven makes none offline)");
    return new ObjectMapper().readTree(BOM.toFile()).get("components");
  }

  private static Set<String> licences(JsonNode component) {
    Set<String> licences = new TreeSet<>();
    for (JsonNode choice : component.path("licenses")) {
      licences.add(
          choice.has("expression")
              ? choice.get("expression").asText()
              : choice
                  .at("/license")
                  .path(choice.at("/license").has("id") ? "id" : "name")
                  .asText());
    }
    return licences;
  }
}
