package dev.counterweight.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.PackageExample;
import dev.counterweight.checkpoint.CheckpointFolder;
import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.event.FeatureValues;
import dev.counterweight.exporting.MadeCheckpoint;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.serving.Reason;
import dev.counterweight.serving.Scratch;
import dev.counterweight.serving.ServedModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScorerTest {
  private static final FeatureSchema FEATURES =
      FeatureSchema.of(
          List.of("amount", "country", "age"),
          List.of("number", "category(buckets=50,width=4,seed=1)", "number(missing=mean)"));

  @TempDir Path folder;

  @Test
  void anEventIsScoredTheSameHoweverItIsGiven() throws Exception {
    StoredCheckpoint stored = store(new MadeCheckpoint(3).features(FEATURES));
    Map<String, Object> event = event(129.9, "CH");
    event.put("label", "a");
    ServedModel model = ServedCheckpoint.of(stored);
    Scratch scratch = model.scratch();
    float[] columns = columns(129.9, "CH");
    List<Reason> reasons = model.reasons(columns, 0, scratch, 2);

    try (Scorer scorer = Scorer.load(Path.of(stored.location()))) {
      Score score = scorer.score(event);

      assertThat(score.probabilities().keySet()).containsExactly("a", "b", "c");
      assertThat(score.probabilities().values())
          .containsExactly(
              scratch.probabilities()[0], scratch.probabilities()[1], scratch.probabilities()[2]);
      assertThat(score.decision()).isEqualTo(model.classes().get(scratch.decision()));
      assertThat(score.step()).isEqualTo(scorer.step()).isEqualTo(42);
      assertThat(score.checkpoint()).isEqualTo(stored.ref().sha256());
      assertThat(score.threshold()).isNull();
      assertThat(score.reasons()).isEmpty();
      assertThat(scorer.score(json(event))).isEqualTo(score);
      assertThat(scorer.scoreColumns(columns)).isEqualTo(score);
      assertThat(scorer.score(event, 2).reasons()).isEqualTo(reasons);
      assertThat(scorer.score(json(event), 2)).isEqualTo(scorer.scoreColumns(columns, 2));
      assertThat(scorer.columns()).containsExactly("amount", "country", "age", "age.missing");
      assertThat(scorer.features()).containsExactly("amount", "country", "age");
    }
  }

  @Test
  void aThresholdIsTold() throws Exception {
    StoredCheckpoint stored = store(new MadeCheckpoint(3).features(FEATURES).decision("threshold"));
    assertThat(stored.location()).startsWith(folder.toString());
    try (Scorer scorer = Scorer.load(folder.resolve("checkpoints"))) {
      assertThat(scorer.score(event(1, "CH")).threshold()).isEqualTo(0.31);
    }
  }

  @Test
  void threadsScoreAtOnceAsOneAlone() throws Exception {
    StoredCheckpoint stored = store(new MadeCheckpoint(5).features(FEATURES).quantiles(8));
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (Scorer scorer = Scorer.load(Path.of(stored.location()))) {
      List<Score> alone = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        alone.add(scorer.score(event(i, "c" + i), 1));
      }
      List<Future<List<Score>>> all = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        all.add(
            threads.submit(
                () -> {
                  List<Score> scores = new ArrayList<>();
                  for (int i = 0; i < 200; i++) {
                    scores.add(scorer.score(event(i, "c" + i), 1));
                  }
                  return scores;
                }));
      }
      for (Future<List<Score>> scores : all) {
        assertThat(scores.get()).isEqualTo(alone);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void whatCannotBeScoredIsSaid() throws Exception {
    StoredCheckpoint stored = store(new MadeCheckpoint(3).features(FEATURES));
    try (Scorer scorer = Scorer.load(Path.of(stored.location()))) {
      assertRefused(() -> scorer.score(Map.of("country", "CH")), "feature 'amount' is missing");
      assertRefused(() -> scorer.score(event("much", "CH")), "feature 'amount' is 'much'");
      assertRefused(() -> scorer.score("{".getBytes("UTF-8")), "not JSON");
      assertRefused(() -> scorer.scoreColumns(1, 2), "2 columns: must be 4");
      assertRefused(() -> scorer.scoreColumns(1, 50, 3, 0), "feature 'country' has row 50.0");
      assertThat(scorer.scoreColumns(1, 49, 3, 0)).isNotNull();
    }
  }

  @Test
  void aDamagedCheckpointIsNotLoaded() throws Exception {
    Path at = Path.of(store(new MadeCheckpoint(3)).location());
    byte[] model = Files.readAllBytes(at.resolve(StoredCheckpoint.MODEL));
    model[model.length - 1] ^= 1;
    Files.write(at.resolve(StoredCheckpoint.MODEL), model);

    assertThatThrownBy(() -> Scorer.load(at))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining(at.toString())
        .hasMessageContaining("model.safetensors has another SHA-256");
    assertThatThrownBy(() -> Scorer.load(folder.resolve("none")))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("none");
  }

  @Test
  void theExampleRuns() throws Exception {
    FeatureSchema features =
        FeatureSchema.of(
            List.of("amount", "country"), List.of("number", "category(buckets=50,width=4,seed=1)"));
    StoredCheckpoint stored =
        store(new MadeCheckpoint(3).features(features).classes(List.of("ok", "fraud")));

    PackageExample.run(
        "scoring",
        List.of("java.util", "dev.counterweight.scoring", "dev.counterweight.serving"),
        folder,
        Map.of("checkpoint", Path.of(stored.location())));
  }

  @Test
  void theManualPrintsTheSameExample() throws Exception {
    String page = Files.readString(Path.of("docs/scoring.md"));

    assertThat(page).contains("```java\n" + PackageExample.code("scoring") + "\n```");
  }

  private StoredCheckpoint store(MadeCheckpoint made) throws Exception {
    StoredCheckpoint inMemory = made.make();
    return new CheckpointFolder(folder.resolve("checkpoints"), "made", "test")
        .write(inMemory.manifest(), inMemory.files());
  }

  private static float[] columns(double amount, String country) throws Exception {
    float[] columns = new float[FEATURES.columnCount()];
    FeatureValues values = new FeatureValues(FEATURES);
    values.begin(columns, 0);
    values.put(0, amount);
    values.put(1, country);
    values.end();
    return columns;
  }

  private static Map<String, Object> event(Object amount, String country) {
    return new LinkedHashMap<>(Map.of("amount", amount, "country", country));
  }

  private static byte[] json(Map<String, Object> event) throws Exception {
    return new ObjectMapper().writeValueAsBytes(event);
  }

  private interface Call {
    void run() throws Exception;
  }

  private static void assertRefused(Call call, String why) {
    assertThatThrownBy(call::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }
}
