package dev.counterweight.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.protocol.ServedScore.Place;
import dev.counterweight.serving.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class ServedScoreTest {
  private static final String HASH = "ab".repeat(32);

  @Test
  void isWrittenInTheOrderOfThePage() {
    ServedScore score =
        new ServedScore(
            probabilities(0.98, 0.02),
            "ok",
            0.31,
            1200,
            HASH,
            "0123456789abcdef",
            new Place(3, 1234),
            List.of(new Reason("amount", 1.25)));
    assertThat(new String(score.toJson(), UTF_8))
        .isEqualTo(
            "{\"probabilities\":{\"ok\":0.98,\"fraud\":0.02},\"decision\":\"ok\",\"threshold\":0.31,\"step\":1200,\"checkpoint\":\""
                + HASH
                + "\",\"schema\":\"0123456789abcdef\",\"partition\":3,\"offset\":1234,\"reasons\":[{\"feature\":\"amount\",\"contribution\":1.25}]}");
  }

  @Test
  void thePagesSampleIsAScoreAndHasItsFieldsInOrder() throws IOException {
    String page = Files.readString(Path.of("docs", "scoring.md"));
    String sample = page.split("```json\n", 2)[1].split("```", 2)[0].replace("\n", "").strip();

    ServedScore read = ServedScore.parse(sample.getBytes(UTF_8));

    assertThat(new String(read.toJson(), UTF_8)).isEqualTo(sample.replace(", ", ","));
    String readme = Files.readString(Path.of("README.md"));
    String shown = readme.substring(readme.indexOf("{\"probabilities\"")).split("\n", 2)[0];
    assertThat(new String(ServedScore.parse(shown.getBytes(UTF_8)).toJson(), UTF_8))
        .isEqualTo(shown);
  }

  @Test
  void leavesOutWhatThereIsNotOf() {
    ServedScore score = score(probabilities(0.5, 0.5), null);
    assertThat(new String(score.toJson(), UTF_8))
        .isEqualTo(
            "{\"probabilities\":{\"ok\":0.5,\"fraud\":0.5},\"decision\":\"ok\",\"step\":7,\"checkpoint\":\""
                + HASH
                + "\",\"schema\":\"s\"}");
    assertThat(ServedScore.parse(score.toJson())).isEqualTo(score);
  }

  @Property
  void comesBackToTheBit(
      @ForAll @DoubleRange(min = 0, max = 1) double probability,
      @ForAll @LongRange(min = 0) long offset,
      @ForAll String name,
      @ForAll double contribution) {
    Map<String, Double> probabilities = new LinkedHashMap<>();
    probabilities.put("a" + clean(name), probability);
    probabilities.put("b", 1 - probability);
    ServedScore score =
        new ServedScore(
            probabilities,
            "b",
            probability,
            offset,
            HASH,
            "s",
            new Place(0, offset),
            List.of(new Reason(clean(name), contribution)));
    ServedScore read = ServedScore.parse(score.toJson());
    assertThat(read).isEqualTo(score);
    assertThat(List.copyOf(read.probabilities().keySet()))
        .isEqualTo(List.copyOf(probabilities.keySet()));
  }

  @Test
  void passesOverFieldsThatANewerReleaseWrites() {
    String json = new String(score(probabilities(1, 0), new Place(0, 1)).toJson(), UTF_8);
    ServedScore read = ServedScore.parse(("{\"new\":[1]," + json.substring(1)).getBytes(UTF_8));
    assertThat(read).isEqualTo(score(probabilities(1, 0), new Place(0, 1)));
  }

  @Test
  void probabilitiesThatDoNotSumToOneAreNeitherWrittenNorRead() {
    assertThatThrownBy(() -> score(probabilities(0.6, 0.5), null))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("sum to 1");
    assertThatThrownBy(() -> score(probabilities(1.5, -0.5), null))
        .isInstanceOf(InvariantException.class);
    ScoreWriter writer = new ScoreWriter(List.of("ok", "fraud"), null, 7, HASH, "s");
    assertThatThrownBy(() -> writer.write(new double[] {0.6, Double.NaN}, 0, null, List.of()))
        .isInstanceOf(InvariantException.class);
    String json = new String(score(probabilities(0.5, 0.5), null).toJson(), UTF_8);
    assertThatThrownBy(() -> ServedScore.parse(json.replace("\":0.5}", "\":0.7}").getBytes(UTF_8)))
        .isInstanceOf(InvariantException.class);
  }

  @Test
  void aDecisionForNoClassAndAPlaceBelowZeroAreNeitherWrittenNorRead() {
    String json = new String(score(probabilities(0.5, 0.5), new Place(0, 12)).toJson(), UTF_8);
    assertThatThrownBy(() -> ServedScore.parse(json.replace(":\"ok\"", ":\"no\"").getBytes(UTF_8)))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("one of its classes");
    assertThatThrownBy(() -> ServedScore.parse(json.replace(":12", ":-1").getBytes(UTF_8)))
        .isInstanceOf(InvariantException.class);
    assertThatThrownBy(() -> new Place(-1, 0)).isInstanceOf(InvariantException.class);
    assertThatThrownBy(
            () -> ServedScore.parse(json.replace("step\":7", "step\":-7").getBytes(UTF_8)))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("a score's step: expected at least 0, found -7");
    ScoreWriter writer = new ScoreWriter(List.of("ok", "fraud"), null, 7, HASH, "s");
    assertThatThrownBy(() -> writer.write(new double[] {1, 0}, 0, 0, -1, List.of()))
        .isInstanceOf(InvariantException.class);
  }

  @Test
  void whatIsNoScoreIsToldSo() {
    for (String json : List.of("", "null", "[]", "{}", "{\"probabilities\":{\"a\":null}}", "{")) {
      assertThatThrownBy(() -> ServedScore.parse(json.getBytes(UTF_8)))
          .as(json)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("a score is not readable");
    }
  }

  private static ServedScore score(
      Map<String, Double> probabilities, @org.jspecify.annotations.Nullable Place place) {
    return new ServedScore(probabilities, "ok", null, 7, HASH, "s", place, List.of());
  }

  private static Map<String, Double> probabilities(double ok, double fraud) {
    Map<String, Double> probabilities = new LinkedHashMap<>();
    probabilities.put("ok", ok);
    probabilities.put("fraud", fraud);
    return probabilities;
  }

  /** Half a surrogate pair is no text. */
  private static String clean(String name) {
    return new String(name.getBytes(UTF_8), UTF_8);
  }
}
