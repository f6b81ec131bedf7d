package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The first command a new user runs. */
@Timeout(240)
class DemoCommandIT {
  @TempDir Path folder;

  @Test
  void rebalancedLearnsEveryClassOnePassFromTheFirstEventOn() throws Exception {
    Path summaryFile = folder.resolve("summary.json");
    Path output = folder.resolve("output");

    try (ChildJvm demo =
        ChildJvm.start(
            folder.resolve("demo.log"),
            List.of(
                "demo",
                "--rate",
                "4000",
                "--metrics-port",
                "0",
                "--keep-running",
                "--summary",
                summaryFile.toString(),
                "--output",
                output.toString()))) {
      await("all is trained on")
          .atMost(Duration.ofSeconds(150))
          .until(() -> !demo.running() || demo.output().contains("Still running"));
      assertThatItsModelAnswers(demo.output());
      demo.terminate();
      assertThat(demo.await(60)).as(demo.output()).isZero();
      assertThat(demo.output()).contains("recall of class", "G-mean", "Report: ", "Checkpoints: ");
    }

    JsonNode summary = new ObjectMapper().readTree(summaryFile.toFile());
    for (String job : List.of("natural", "rebalanced")) {
      JsonNode of = summary.get(job);
      assertThat(of.get("events").asLong()).as(job).isEqualTo(58_000);
      assertThat(of.at("/counts/Rad.Flow").asLong()).isEqualTo(45_586);
      assertThat(of.at("/counts/Bpv.Close").asLong()).isEqualTo(10);
      assertThat(of.get("dead_letters").asLong()).isZero();
      assertThat(Path.of(of.get("checkpoint").asText())).isDirectory();
    }
    double natural = summary.at("/natural/metrics/gmean").asDouble();
    double rebalanced = summary.at("/rebalanced/metrics/gmean").asDouble();
    // Ten events of one class: a recall moves by a tenth with a single event.
    assertThat(rebalanced).isGreaterThan(0.75).isGreaterThan(natural + 0.2);
    assertThat(Files.readString(output.resolve("report.html"))).contains("Bpv.Close");
  }

  /** What is printed, typed. */
  private static void assertThatItsModelAnswers(String output) throws Exception {
    Matcher printed =
        Pattern.compile("Ask the rebalanced model: curl (\\S+) -H 'Content-Type: (.+?)' -d '(.+?)'")
            .matcher(output);
    assertThat(printed.find()).as(output).isTrue();
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(printed.group(1)))
                    .header("Content-Type", printed.group(2))
                    .POST(HttpRequest.BodyPublishers.ofString(printed.group(3)))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(answer.body()).contains("\"decision\":\"Fpv.Close\"");
  }
}
