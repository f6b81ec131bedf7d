package dev.counterweight.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Against values computed by scikit-learn, with and without sample weights. */
class GoldenMetricsTest {
  private static final double TOLERANCE = 1e-6;

  static Stream<Arguments> cases() throws IOException {
    try (InputStream in = GoldenMetricsTest.class.getResourceAsStream("/golden/metrics.json")) {
      List<Arguments> all = new ArrayList<>();
      for (JsonNode one : new ObjectMapper().readTree(Objects.requireNonNull(in)).get("cases")) {
        String weighted = one.get("sample_weight").isNull() ? "plain" : "weighted";
        all.add(Arguments.of(one.get("kind").asText() + " " + one.get("classes"), weighted, one));
      }
      return all.stream();
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("cases")
  void agreesWithTheReference(String kind, String weighted, JsonNode expected) {
    Metrics sinceStart = score(expected, 10_000).sinceStart();
    Metrics recent = score(expected, 10_000).recent();
    for (Metrics metrics : List.of(sinceStart, recent)) {
      near(metrics.confusion().balancedAccuracy(), expected.get("balanced_accuracy"));
      near(metrics.confusion().gmean(), expected.get("gmean"));
      near(metrics.confusion().accuracy(), expected.get("accuracy"));
      near(metrics.confusion().mcc(), expected.get("mcc"));
      near(metrics.confusion().kappa(), expected.get("kappa"));
      near(metrics.logLoss(), expected.get("log_loss"));
      for (int c = 0; c < expected.get("classes").asInt(); c++) {
        near(metrics.confusion().recall(c), expected.get("recall").get(c));
        near(metrics.confusion().f1(c), expected.get("f1").get(c));
        // scikit-learn gives 0 for the precision of a class never predicted; here it is absent.
        if (metrics.confusion().precision(c).isPresent()) {
          near(metrics.confusion().precision(c), expected.get("precision").get(c));
        } else {
          assertThat(expected.get("precision").get(c).asDouble()).isZero();
        }
      }
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("cases")
  void calibrationErrorsAgreeWithTheReference(String kind, String weighted, JsonNode expected) {
    Metrics metrics = score(expected, 1).sinceStart();
    near(metrics.calibration().ece(), expected.get("ece_15_bins_top_label"));
    for (int c = 0; c < expected.get("classes").asInt(); c++) {
      near(metrics.calibration().ece(c), expected.get("ece_15_bins_per_class").get(c));
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("cases")
  void areasAgreeWithTheReference(String kind, String weighted, JsonNode expected) {
    Prequential evaluation = score(expected, 10_000);
    for (Metrics metrics : List.of(evaluation.recent(), evaluation.sinceStart())) {
      for (int c = 0; c < expected.get("classes").asInt(); c++) {
        near(metrics.served().get(c).rocAuc(), expected.get("roc_auc").get(c));
        near(metrics.served().get(c).averagePrecision(), expected.get("pr_auc").get(c));
      }
    }
  }

  /** Since the start, of scores binned to 1/32 of their logit. */
  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("cases")
  void areasBeyondTheWindowAreNoFurtherOffThanTheySay(
      String kind, String weighted, JsonNode expected) {
    Metrics metrics = score(expected, 1).sinceStart();
    for (int c = 0; c < expected.get("classes").asInt(); c++) {
      assertThat(metrics.served().get(c).rocAuc().orElseThrow())
          .isCloseTo(
              expected.get("roc_auc").get(c).asDouble(),
              within(metrics.served().get(c).rocError().orElseThrow()));
      assertThat(metrics.served().get(c).averagePrecision().orElseThrow())
          .isCloseTo(
              expected.get("pr_auc").get(c).asDouble(),
              within(metrics.served().get(c).precisionError().orElseThrow()));
    }
  }

  private static void near(OptionalDouble actual, JsonNode expected) {
    assertThat(actual).isPresent();
    assertThat(actual.getAsDouble()).isCloseTo(expected.asDouble(), within(TOLERANCE));
  }

  private static Prequential score(JsonNode reference, int window) {
    int classes = reference.get("classes").asInt();
    Prequential evaluation = new Prequential(classes, window);
    for (int row = 0; row < reference.get("labels").size(); row++) {
      int label = reference.get("labels").get(row).asInt();
      JsonNode probabilities = reference.get("probabilities").get(row);
      float[] scores = new float[classes];
      double[] served = new double[classes];
      double sum = 0;
      for (int c = 0; c < classes; c++) {
        scores[c] = (float) probabilities.get(c).asDouble();
        sum += probabilities.get(c).asDouble();
      }
      for (int c = 0; c < classes; c++) {
        // A probability on the edge of a bin must stay there.
        double p = probabilities.get(c).asDouble();
        served[c] = Math.abs(sum - 1) < 1e-9 ? p : p / sum;
      }
      JsonNode weights = reference.get("sample_weight");
      evaluation.add(
          label,
          largest(scores),
          weights.isNull() ? 1 : weights.get(row).asDouble(),
          served,
          served);
    }
    return evaluation;
  }

  /** The first of the largest. */
  private static int largest(float[] scores) {
    int best = 0;
    for (int c = 1; c < scores.length; c++) {
      best = scores[c] > scores[best] ? c : best;
    }
    return best;
  }
}
