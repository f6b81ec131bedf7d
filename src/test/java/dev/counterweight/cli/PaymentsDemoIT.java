package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.payments.Chargeback;
import dev.counterweight.payments.Occurrence;
import dev.counterweight.payments.Payment;
import dev.counterweight.payments.PaymentStream;
import dev.counterweight.payments.PaymentsPlan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole product on a stream whose truth is known. */
@Timeout(600)
class PaymentsDemoIT {
  private static final int EVENTS = 6_000;
  private static final long SEED = 3;
  private static final long WAIT_MS = Duration.ofDays(10).toMillis();
  private static final long CORRECTED_FOR_MS = Duration.ofDays(30).toMillis();
  private static final long GRACE_MS = Duration.ofHours(1).toMillis();

  /** By so much the joiner's clock may be off the newest payment's: there are 86 of them a day. */
  private static final long AROUND_MS = Duration.ofHours(12).toMillis();

  private static final Pattern BY_LOAD =
      Pattern.compile(
          "(?i)stood still within a transaction|rebalanc|heartbeat|poll timeout"
              + "|max\\.poll\\.interval|timed out|timeout|disconnected|member");

  @TempDir Path folder;

  @Test
  void everyPaymentIsScoredOnceAndLabelsAreThoseOfARecount() throws Exception {
    Path summaryFile = folder.resolve("summary.json");
    Path output = folder.resolve("output");
    try (ChildJvm demo = ChildJvm.start(folder.resolve("demo.log"), args(summaryFile, output))) {
      await("all is scored")
          .atMost(Duration.ofSeconds(400))
          .until(() -> !demo.running() || demo.output().contains("Still running"));
      assertThat(PrintedQuestion.answer(demo.output())).contains("\"fraud\":", "\"decision\":");
      demo.terminate();
      assertThat(demo.await(150)).as(demo.output()).isZero();
      assertThat(demo.output())
          .contains("Watch it live: http://", "Report: ", "Checkpoints: ")
          .containsPattern("natural +rebalanced +Bayes")
          .containsPattern("PR AUC +[01]\\.\\d{3} +[01]\\.\\d{3} +[01]\\.\\d{3}\\s");
      assertThat(demo.output().lines().filter(PaymentsDemoIT::complains)).isEmpty();
    }
    assertThat(output.resolve("report.html")).content().contains("Bayes", "chargeback");
    assertThat(output.resolve("broker")).doesNotExist();
    assertThat(output.resolve("state")).doesNotExist();
    assertThatNothingIsLostOrTwice(new ObjectMapper().readTree(summaryFile.toFile()));
  }

  /** A machine that has other work makes members late; all that matters comes right again. */
  private static boolean complains(String line) {
    return line.contains("ERROR") || (line.contains("WARN") && !BY_LOAD.matcher(line).find());
  }

  private static List<String> args(Path summary, Path output) {
    return List.of(
        "demo",
        "payments",
        "--events=" + EVENTS,
        "--rate=600",
        "--seed=" + SEED,
        "--metrics-port=0",
        "--keep-running",
        "--summary=" + summary,
        "--output=" + output);
  }

  private static void assertThatNothingIsLostOrTwice(JsonNode summary) {
    Recount recount = new Recount(summary.get("start_ms").asLong());
    JsonNode counts = summary.get("counts");
    assertThat(counts.get("payments").asInt()).isEqualTo(recount.times.size());
    for (String job : List.of("natural", "rebalanced")) {
      assertThat(summary.at("/" + job + "/scored").asInt()).isEqualTo(recount.times.size());
      assertThat(summary.at("/" + job + "/scored_again").asInt()).isZero();
    }
    int broken = counts.get("broken records").asInt();
    assertThat(broken).isPositive();
    int letters = 0;
    for (JsonNode ofReason : summary.get("dead_letters")) {
      letters += ofReason.asInt();
    }
    assertThat(letters).as("dead letters").isEqualTo(broken);
    assertThat(summary.get("unscored").asInt()).isEqualTo(broken);
    int fraud = inForce(summary, "fraud", "ok");
    assertThat(fraud).isEqualTo(recount.frauds()).isPositive();
    assertThat(inForce(summary, "ok", "fraud")).isBetween(recount.leastOk(), recount.mostOk());
    assertThat(summary.at("/jobs/rebalanced/counts/fraud").asInt())
        .as("the counter's")
        .isEqualTo(fraud);
  }

  private static int inForce(JsonNode summary, String label, String other) {
    return summary.at("/labelled/" + label).asInt()
        + summary.at("/corrected/" + label).asInt()
        - summary.at("/corrected/" + other).asInt();
  }

  /** What labels there must be, by what is published and docs/labels.md alone. */
  private static final class Recount {
    private final Map<Long, Long> times = new HashMap<>();
    private final Map<Long, List<Chargeback>> chargebacks = new HashMap<>();
    private final long endMs;
    private long newestMs;

    Recount(long startMs) {
      PaymentsPlan plan = new PaymentsPlan(EVENTS, SEED, startMs, PaymentsPlan.TEN_WEEKS);
      endMs = plan.endMs();
      PaymentStream stream = new PaymentStream(plan);
      while (stream.hasNext()) {
        Occurrence next = stream.next();
        newestMs = Math.max(newestMs, next.timeMs());
        if (next instanceof Payment payment) {
          times.put(payment.number(), payment.timeMs());
        } else if (next instanceof Chargeback chargeback) {
          chargebacks
              .computeIfAbsent(chargeback.payment(), number -> new ArrayList<>())
              .add(chargeback);
        }
      }
    }

    /** Payments whose label in force is fraud. */
    int frauds() {
      int frauds = 0;
      for (Map.Entry<Long, List<Chargeback>> of : chargebacks.entrySet()) {
        frauds += fraud(of.getValue(), time(of.getKey()) + WAIT_MS) ? 1 : 0;
      }
      return frauds;
    }

    private static boolean fraud(List<Chargeback> labels, long waitedMs) {
      boolean fraud = false;
      boolean labelled = false;
      for (Chargeback label : labels) {
        boolean first = !labelled && label.timeMs() <= waitedMs;
        boolean corrects =
            label.timeMs() > waitedMs && label.timeMs() <= waitedMs + CORRECTED_FOR_MS;
        labelled = true;
        fraud = first || corrects ? label.fraud() : fraud;
      }
      return fraud;
    }

    int leastOk() {
      return ok(newestMs - WAIT_MS - GRACE_MS - AROUND_MS);
    }

    int mostOk() {
      return ok(endMs - WAIT_MS + AROUND_MS);
    }

    /** Payments up to a time that nobody charged back. */
    private int ok(long upToMs) {
      return (int)
          times.entrySet().stream()
              .filter(payment -> payment.getValue() <= upToMs)
              .filter(
                  payment ->
                      !fraud(
                          chargebacks.getOrDefault(payment.getKey(), List.of()),
                          payment.getValue() + WAIT_MS))
              .count();
    }

    private long time(long number) {
      return Objects.requireNonNull(times.get(number), () -> "time of payment " + number);
    }
  }
}
