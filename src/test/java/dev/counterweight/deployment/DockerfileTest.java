package dev.counterweight.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The image's recipe, as far as it can be held against itself where no engine builds it. */
class DockerfileTest {
  private static final Path FILE = Path.of("src", "main", "docker", "Dockerfile");

  @Test
  void everythingCopiedFromTheBuildIsMadeThere() throws IOException {
    String build = stages().get(0);
    Set<String> made = new TreeSet<>();
    found("(?:-DoutputDirectory=|--output )(\\S+)", build).forEach(made::add);
    found("mkdir -p ([^&]+?) &&", build).forEach(all -> made.addAll(List.of(all.split(" "))));
    for (String run : instructions(build, "RUN")) {
      // The bill of materials' plugin takes the same property for its own.
      if (run.contains(" package") && !run.contains("outputDirectory")) {
        made.addAll(List.of("/build/target/bom.json", "/build/target/counterweight-*.jar"));
      }
    }
    for (String stage : stages().subList(1, 3)) {
      assertThat(made).containsAll(found("COPY --from=build (?:--\\S+ )?(\\S+) ", stage));
    }
  }

  @Test
  void everythingCopiedFromHereIsHereAndNotIgnored() throws IOException {
    List<String> kept =
        Files.readAllLines(Path.of(".dockerignore")).stream()
            .filter(line -> line.startsWith("!"))
            .map(line -> line.substring(1))
            .toList();
    for (String source : found("(?m)^COPY ([^-]\\S*) ", Files.readString(FILE))) {
      assertThat(Path.of(source)).exists();
      assertThat(kept).as(source).anyMatch(folder -> Path.of(source).startsWith(folder));
    }
  }

  @Test
  void bothImagesHaveTheClassPathThatJavaIsStartedWith() throws IOException {
    List<String> options = Files.readAllLines(Path.of("src", "main", "docker", "java.options"));
    List<String> classPath =
        Arrays.stream(options.get(options.indexOf("-cp") + 1).split(":"))
            .map(entry -> entry.replace("/*", ""))
            .toList();
    for (String stage : stages().subList(1, 3)) {
      assertThat(found("COPY \\S+ (?:\\S+ )?(/\\S+)\\s", stage))
          .containsAll(classPath)
          .contains("/opt/java", "/app/java.options");
      assertThat(instructions(stage, "ENTRYPOINT"))
          .containsExactly(
              "ENTRYPOINT [\"/opt/java/bin/java\", \"@/app/java.options\","
                  + " \"dev.counterweight.cli.Main\"]");
      assertThat(instructions(stage, "USER")).containsExactly("USER 65532:65532");
    }
  }

  @Test
  void libtorchIsThatOfTheProcessorItIsBuiltOn() throws IOException {
    String build = stages().get(0);
    assertThat(build).contains("aarch64) echo -Plinux-aarch64 > .mvn/maven.config");
    assertThat(Files.readString(Path.of("pom.xml"))).contains("<id>linux-aarch64</id>");
    assertThat(build.indexOf("maven.config")).isLessThan(build.indexOf("mvn -B"));
  }

  /** The build, the image for CUDA, the image for CPUs; an instruction a line. */
  private static List<String> stages() throws IOException {
    String file =
        Files.readAllLines(FILE).stream()
            .filter(line -> !line.startsWith("#"))
            .collect(Collectors.joining("\n"))
            .replaceAll("\\\\\n\\s*", "");
    List<String> stages = List.of(file.trim().split("(?m)^(?=FROM )"));
    assertThat(stages).hasSize(3);
    return stages;
  }

  private static List<String> instructions(String stage, String name) {
    return stage.lines().filter(line -> line.startsWith(name + " ")).toList();
  }

  private static List<String> found(String pattern, String text) {
    return Pattern.compile(pattern).matcher(text).results().map(DockerfileTest::group).toList();
  }

  private static String group(MatchResult match) {
    return match.group(1);
  }
}
