package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The commands of docs/start.md, one after the other as they stand there but for hosts and ports,
 * against a broker in another process. {@code ./counterweight} is this build's command line; for
 * Kafka's own tool stands one that takes the same options.
 */
@DisabledOnOs(OS.WINDOWS)
@Timeout(600)
class StartPageIT {
  private static final Pattern SCORES =
      Pattern.compile("scores are answered on http://127\\.0\\.0\\.1:(\\d+)");

  @TempDir Path folder;

  private final ObjectMapper json = new ObjectMapper();

  @Test
  void theCommandsLeadFromAnEmptyFolderToAScoredPayment() throws Exception {
    MonitoringTools.require("curl");
    MonitoringTools.require("awk");
    Path home = Files.createDirectory(folder.resolve("clone"));
    program(home.resolve("counterweight"), Main.class);
    program(home.resolve("kafka-console-consumer.sh"), ConsoleReader.class);
    List<String> blocks = blocks();
    assertThat(blocks).hasSize(8);

    try (BrokerProcess broker = new BrokerProcess(folder.resolve("broker"))) {
      String servers = broker.bootstrapServers();
      assertThat(shell(home, blocks.get(0), servers)).startsWith("counterweight ");
      assertThat(shell(home, blocks.get(1), servers)).contains("50000 events published");
      shell(home, blocks.get(2), servers);
      assertThat(home.resolve("payments.properties"))
          .content()
          .contains("events.label=outcome", "feature.country.type=category")
          .contains("feature.device_age_days.missing=mean", "#   id: has a value of its own");
      assertThat(shell(home, blocks.get(3), servers)).endsWith("all well\n");

      Path log = folder.resolve("run.log");
      Process run =
          start(home, blocks.get(4).replace("scores.port=8080", "scores.port=0"), servers, log);
      try {
        String port = scoresPort(log);
        JsonNode score =
            json.readTree(shell(home, blocks.get(5).replace(":8080", ":" + port), servers));
        assertThat(score.path("decision").textValue()).isEqualTo("fraud");
        assertThat(score.path("reasons")).hasSize(3);
        // By what made the payments it is .66; the first checkpoint knows some hundred frauds.
        assertThat(score.path("probabilities").path("fraud").doubleValue()).isBetween(0.1, 1.0);

        String scores = shell(home, blocks.get(6), servers);
        assertThat(scores.lines().map(this::decision)).hasSize(3).isSubsetOf("ok", "fraud");
        shell(home, blocks.get(7), servers);
        assertThat(home.resolve("payments-report.html")).isNotEmptyFile();
      } finally {
        run.destroy();
        assertThat(run.waitFor(60, TimeUnit.SECONDS)).isTrue();
      }
      assertThat(run.exitValue()).as(Files.readString(log)).isZero();
    }
  }

  private String decision(String score) {
    try {
      return json.readTree(score).path("decision").textValue();
    } catch (IOException e) {
      throw new AssertionError(score, e);
    }
  }

  private static String scoresPort(Path log) {
    Matcher port = SCORES.matcher("");
    await("a scorer listens")
        .atMost(Duration.ofSeconds(90))
        .until(() -> port.reset(Files.readString(log)).find());
    return port.group(1);
  }

  private static List<String> blocks() throws IOException {
    return Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL)
        .matcher(Files.readString(Path.of("docs/start.md")))
        .results()
        .map((MatchResult block) -> block.group(1))
        .toList();
  }

  private static String shell(Path home, String block, String servers) throws Exception {
    Path said = Files.createTempFile(home, "said", ".txt");
    Process process = start(home, "set -e\n" + block, servers, said);
    assertThat(process.waitFor(240, TimeUnit.SECONDS)).as(block).isTrue();
    assertThat(process.exitValue()).as(block + Files.readString(said)).isZero();
    return Files.readString(said, UTF_8);
  }

  /** The job's process takes the place of its shell, so that a signal reaches it. */
  private static Process start(Path home, String block, String servers, Path said)
      throws IOException {
    boolean server = block.startsWith("./counterweight run");
    String command = (server ? "exec " : "") + block.replace("localhost:9092", servers);
    ProcessBuilder builder = new ProcessBuilder("sh", "-c", command).directory(home.toFile());
    builder.environment().merge("PATH", home.toString(), (path, bin) -> bin + ":" + path);
    builder.environment().put("COUNTERWEIGHT_METRICS_PORT", "0");
    if (server) {
      builder.redirectErrorStream(true);
    }
    return builder
        .redirectOutput(said.toFile())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static void program(Path file, Class<?> main) throws IOException {
    Files.writeString(
        file,
        """
        #!/bin/sh
        exec '%s' -Xmx768m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
        -Dlogback.configurationFile=logback.xml -cp '%s' %s "$@"
        """
            .formatted(
                Path.of(System.getProperty("java.home"), "bin", "java"),
                absoluteClassPath(),
                main.getName()));
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  /** The commands run in another folder than the tests. */
  private static String absoluteClassPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }
}
