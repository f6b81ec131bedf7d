package dev.counterweight.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.counterweight.config.TrainerConfig;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import dev.counterweight.trainer.TrainerSettings;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmbeddingsTest {
  private static final int CLASSES = 3;
  private static final float TOLERANCE = 1e-5f;

  /** Two numbers, a category, up to three categories of another kind: as embeddings.py has them. */
  private static final FeatureSchema LAYOUT =
      FeatureSchema.of(
          List.of("x", "y", "one", "many"),
          List.of(
              "number",
              "number",
              "category(buckets=7,width=3,seed=1)",
              "categories(buckets=5,width=2,seed=1,items=3)"));

  private static final int COLUMNS = 6;
  private static final float[] ROWS = {
    0.5f, -1, 3, 1, 4, -1, 1.5f, 2, 3, 4, -1, -1, -2, 1, 5, 0, 1, 4
  };
  private static final long[] LABELS = {0, 1, 2};
  private static final float[] ONES = {1, 1, 1};

  @TestFactory
  Stream<DynamicTest> stepsFollowPyTorchsEmbeddingsAndSparseAdam() throws IOException {
    JsonNode golden = GoldenFile.read("embeddings.json");
    return StreamSupport.stream(golden.get("runs").spliterator(), false)
        .map(
            run ->
                DynamicTest.dynamicTest(
                    run.get("name").asText(), () -> assertFollows(golden, run)));
  }

  private static void assertFollows(JsonNode golden, JsonNode run) {
    try (Learner learner = new Learner(settings(run), LAYOUT, CLASSES, 1)) {
      learner
          .check(tensors(run.get("init"), learner.model()), learner.optimizer(), learner.state())
          .run();
      for (int s = 0; s < golden.get("rows").size(); s++) {
        float[] rows = GoldenFile.floats(golden.get("rows").get(s));
        long[] labels = GoldenFile.longs(golden.get("labels").get(s));
        float[] weights = new float[labels.length];
        Arrays.fill(weights, 1);

        StepResult step = learner.step(rows, labels, weights, 0, labels.length);

        assertThat((float) step.loss())
            .as("loss of step %d", s)
            .isCloseTo((float) run.get("losses").get(s).asDouble(), within(TOLERANCE));
        assertThat((float) step.gradientNorm())
            .as("norm of step %d", s)
            .isCloseTo((float) run.get("norms").get(s).asDouble(), within(TOLERANCE));
      }
      assertClose(run.get("final"), learner.model());
      assertClose(run.get("state"), learner.optimizer());
    }
  }

  private static TrainerConfig settings(JsonNode run) {
    String name = run.get("name").asText();
    boolean adam = name.contains("adam");
    Map<String, String> settings = new HashMap<>();
    settings.putAll(model(name.split("-", -1)[0]));
    settings.put("model.quantiles", "0");
    settings.put("loss.reduction", "mean");
    settings.put("gradient.clip", run.get("clip").asText());
    settings.put("device", TestDevice.NAME);
    settings.put("optimizer", name.split("-", -1)[1]);
    settings.put("learning.rate", adam ? "0.01" : "0.05");
    settings.put("weight.decay", name.equals("mlp-adamw") ? "0.05" : "0");
    settings.put("momentum", "0");
    if (adam) {
      settings.put("adam.beta1", "0.9");
    }
    return TrainerSettings.of(settings);
  }

  private static SortedMap<String, Tensor> tensors(JsonNode values, Map<String, Tensor> forms) {
    SortedMap<String, Tensor> tensors = new TreeMap<>(forms);
    values
        .fields()
        .forEachRemaining(
            entry ->
                tensors.computeIfPresent(
                    entry.getKey(),
                    (name, form) ->
                        new Tensor.F32(GoldenFile.floats(entry.getValue()), form.shape())));
    return tensors;
  }

  private static void assertClose(JsonNode expected, SortedMap<String, Tensor> found) {
    SafeTensors tensors = new SafeTensors(found);
    expected
        .fields()
        .forEachRemaining(
            entry ->
                assertThat(tensors.floats(entry.getKey()))
                    .as(entry.getKey())
                    .containsExactly(GoldenFile.floats(entry.getValue()), within(TOLERANCE)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"adam", "adamw", "sgd"})
  void rowsThatAreInNoStepStandStillAndSoDoTheirMoments(String optimizer) {
    try (Learner learner = learner("mlp", optimizer)) {
      step(learner, ROWS);
      SafeTensors before = all(learner);
      float[] others = {1, 1, 6, 2, -1, -1, 1, 2, 6, 3, -1, -1, 0, 1, 2, 3, 2, -1};
      step(learner, others);
      SafeTensors after = all(learner);

      for (String name : before.tensors().keySet()) {
        if (name.startsWith("embedding.one.weight")) {
          assertRows(name, 3, before, after, 2, 6);
        } else if (name.startsWith("embedding.many.weight")) {
          assertRows(name, 2, before, after, 2, 3);
        }
      }
    }
  }

  /** Those named have changed, the others have not. */
  private static void assertRows(
      String name, int width, SafeTensors before, SafeTensors after, Integer... changed) {
    float[] was = before.floats(name);
    float[] is = after.floats(name);
    for (int row = 0; row < was.length / width; row++) {
      float[] rowWas = Arrays.copyOfRange(was, row * width, (row + 1) * width);
      float[] rowIs = Arrays.copyOfRange(is, row * width, (row + 1) * width);
      assertThat(Arrays.equals(rowWas, rowIs))
          .as("row %d of %s stands still", row, name)
          .isEqualTo(!List.of(changed).contains(row));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mlp", "linear"})
  void aBadRowIsLeftOutAndTheOthersPayAsIfItWereThere(String model) {
    try (Learner learner = learner(model, "adam");
        Learner clean = learner(model, "adam")) {
      SafeTensors before = all(learner);
      float[] rows = ROWS.clone();
      rows[COLUMNS + 2] = 2;

      StepResult left =
          learner.step(rows, LABELS, new float[] {1, Float.POSITIVE_INFINITY, 1}, 0, 3);

      assertThat(left.leftOut()).isEqualTo(1);
      int width = model.equals("mlp") ? 3 : CLASSES;
      assertRows("embedding.one.weight", width, before, all(learner), 3, 5);
      System.arraycopy(ROWS, 0, rows, COLUMNS, COLUMNS);
      StepResult same = clean.step(rows, new long[] {0, 0, 2}, new float[] {1, 0, 1}, 0, 3);
      assertThat(left.loss()).isEqualTo(same.loss());
      assertThat(all(learner).toBytes()).isEqualTo(all(clean).toBytes());
    }
  }

  @Test
  void aRowWhoseOwnVectorsGradientIsNotFiniteIsLeftOut() {
    try (Learner learner = learner("mlp", "adam")) {
      SortedMap<String, Tensor> model = learner.model();
      float[] first = new SafeTensors(model).floats("0.weight").clone();
      // Behind the two numbers and their copies by rank.
      for (int unit = 0; unit < 6; unit++) {
        Arrays.fill(first, unit * 9 + 4, unit * 9 + 7, 1e38f);
      }
      model.put("0.weight", new Tensor.F32(first, 6, 9));
      model.put("embedding.one.weight", new Tensor.F32(new float[21], 7, 3));
      learner.check(model, learner.optimizer(), learner.state()).run();

      StepResult step = learner.step(ROWS, LABELS, new float[] {1e-21f, 1e3f, 1e-21f}, 0, 3);

      assertThat(step.skipped()).isFalse();
      assertThat(step.leftOut()).isEqualTo(1);
    }
  }

  @Test
  void aStepThatIsNotFiniteMovesNoRow() {
    try (Learner learner = learner("mlp", "adam")) {
      SafeTensors before = all(learner);

      float[] weights = {Float.MAX_VALUE, Float.MAX_VALUE, Float.MAX_VALUE};

      assertThat(learner.step(ROWS, LABELS, weights, 0, 3).skipped()).isTrue();
      assertThat(all(learner).toBytes()).isEqualTo(before.toBytes());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mlp", "linear"})
  void aLearnerRestoredInTheMiddleStepsOnByteForByte(String model) {
    for (String optimizer : List.of("adam", "sgd")) {
      try (Learner straight = learner(model, optimizer);
          Learner first = learner(model, optimizer);
          Learner second = new Learner(config(model, optimizer), LAYOUT, CLASSES, 2)) {
        for (int s = 0; s < 10; s++) {
          step(straight, ROWS);
          step(first, ROWS);
        }
        second.check(first.model(), first.optimizer(), first.state()).run();
        for (int s = 0; s < 10; s++) {
          step(straight, ROWS);
          step(second, ROWS);
        }
        assertThat(all(second).toBytes()).isEqualTo(all(straight).toBytes());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {7, -1, 1.5f, Float.NaN})
  void aRowThatTheTableDoesNotHaveIsRefusedByName(float row) {
    try (Learner learner = learner("mlp", "adam")) {
      float[] rows = ROWS.clone();
      rows[2] = row;

      assertThatThrownBy(() -> learner.logits(rows, 3))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("feature 'one' has row %s: must be a whole number from 0 to 6", row);
    }
  }

  @Test
  void aHeapTooSmallForTheTablesIsToldBeforeTheyAreMade() {
    long million = 16_000_000;
    Embeddings.requireHeap(million, 2, 900L << 20);
    Embeddings.requireHeap(million, 1, 640L << 20);

    assertThatThrownBy(() -> Embeddings.requireHeap(million, 2, 512L << 20))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("16000000 values, which take 854 MiB")
        .hasMessageContaining("this JVM has 512 MiB: give it more (-Xmx)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"mlp", "linear"})
  void aModelOfCategoriesAloneLearns(String model) {
    FeatureSchema layout =
        FeatureSchema.of(List.of("c"), List.of("category(buckets=9,width=4,seed=1)"));
    try (Learner learner = new Learner(config(model, "adam"), layout, CLASSES, 1)) {
      float[] rows = {1, 5, 8};
      for (int s = 0; s < 200; s++) {
        learner.step(rows, LABELS, ONES, 0, 3);
      }
      float[] scores = learner.logits(rows, 3);
      for (int row = 0; row < 3; row++) {
        for (int c = 0; c < CLASSES; c++) {
          if (c != LABELS[row]) {
            assertThat(scores[row * CLASSES + row]).isGreaterThan(scores[row * CLASSES + c] + 1);
          }
        }
      }
    }
  }

  private static Learner learner(String model, String optimizer) {
    return new Learner(config(model, optimizer), LAYOUT, CLASSES, 1);
  }

  private static TrainerConfig config(String model, String optimizer) {
    Map<String, String> settings = new HashMap<>(model(model));
    settings.put("optimizer", optimizer);
    settings.put("momentum", optimizer.equals("sgd") ? "0.9" : "0");
    settings.put("weight.decay", "0.01");
    settings.put("learning.rate", "0.05");
    settings.put("device", TestDevice.NAME);
    return TrainerSettings.of(settings);
  }

  private static Map<String, String> model(String kind) {
    Map<String, String> one = new HashMap<>(Map.of("model.rates", "1", "model.average", "0"));
    one.putAll(
        kind.equals("mlp") ? Map.of("model", kind, "model.hidden", "6") : Map.of("model", kind));
    return one;
  }

  private static void step(Learner learner, float[] rows) {
    assertThat(learner.step(rows, LABELS, ONES, 0, 3).skipped()).isFalse();
  }

  private static SafeTensors all(Learner learner) {
    SortedMap<String, Tensor> all = learner.model();
    all.putAll(learner.optimizer());
    return new SafeTensors(all);
  }
}
