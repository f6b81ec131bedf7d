package dev.counterweight.inference;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.Python;
import dev.counterweight.event.Feature;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.event.FieldPath;
import dev.counterweight.serving.ServedModel;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The examples of docs/scoring.md that ask over HTTP, word for word but for the port. */
@Timeout(120)
class ScoringPageTest {
  private static final String URL = "http://localhost:8080";

  @TempDir Path folder;

  private final ServedModel model =
      TestModels.mlp(
          new FeatureSchema(
              List.of(
                  Feature.number("amount"),
                  new Feature(
                      "country",
                      FieldPath.parse("country"),
                      new Feature.Category(new Feature.Table(64, 2, 1)),
                      new Feature.Mean()))),
          List.of("ok", "fraud"),
          1200);
  private final ServedJob job = new ServedJob(TestModels.source(model));
  private final ObjectMapper json = new ObjectMapper();

  @AfterEach
  void close() {
    job.close();
  }

  @Test
  void theCommandsAreAnswered() throws Exception {
    List<String> commands = blocks("sh");
    assertThat(commands).hasSize(2);

    JsonNode score = json.readTree(shell(commands.get(0)));
    assertThat(score.get("probabilities")).hasSize(2);
    assertThat(score.get("step").intValue()).isEqualTo(1200);

    JsonNode answer = json.readTree(shell(commands.get(1)));
    assertThat(answer.get("id").textValue()).isEqualTo("42");
    assertThat(answer.get("outputs").get(0).get("data").get(0).floatValue())
        .isEqualTo((float) score.get("probabilities").get("ok").doubleValue());
    assertThat(answer.get("outputs").get(1).get("data")).hasSize(2);
  }

  @Test
  void thePythonIsAnswered() throws Exception {
    List<String> scripts = blocks("python");
    assertThat(scripts).hasSize(1);

    Python.Outcome outcome =
        Python.run(Files.writeString(folder.resolve("ask.py"), scripts.get(0)).toString());

    assertThat(outcome.output())
        .startsWith("([[")
        .containsPattern("\\['(ok|fraud)', '(ok|fraud)'\\]");
  }

  @Test
  void theJavaIsAnswered() throws Exception {
    List<String> programs = blocks("java");
    assertThat(programs).hasSize(1);
    Path source =
        Files.writeString(
            folder.resolve("Example.java"),
            "import java.net.*; import java.net.http.*;\n"
                + "public class Example { public static String ask() throws Exception {\n"
                + programs
                    .get(0)
                    .replace("System.out.println(response.body());", "return response.body();")
                + "\n} }\n");
    assertThat(
            ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", source.toString()))
        .isZero();

    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      String said = (String) loader.loadClass("Example").getMethod("ask").invoke(null);
      assertThat(json.readTree(said).get("probabilities")).hasSize(2);
    }
  }

  /** The page's blocks of a language between the heading of HTTP and the next of its rank. */
  private List<String> blocks(String language) throws IOException {
    String page = Files.readString(Path.of("docs/scoring.md"));
    int from = page.indexOf("\n## Over HTTP\n");
    int to = page.indexOf("\n## ", from + 1);
    List<String> found = new ArrayList<>();
    Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
        .matcher(page.substring(from, to))
        .results()
        .forEach(block -> found.add(block.group(1).replace(URL, job.url())));
    return found;
  }

  private static String shell(String command) throws Exception {
    boolean curl = new ProcessBuilder("sh", "-c", "command -v curl").start().waitFor() == 0;
    if (!curl && "true".equals(System.getenv("CI"))) {
      throw new AssertionError("no curl, which .ci/run sees to");
    }
    Assumptions.assumeTrue(curl, "no curl here");
    Process process =
        new ProcessBuilder("sh", "-c", command)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return said;
  }
}
