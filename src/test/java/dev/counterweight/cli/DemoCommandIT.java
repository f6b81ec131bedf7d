package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
      assertThat(PrintedQuestion.answer(demo.output())).contains("\"decision\":\"Fpv.Close\"");
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
}
