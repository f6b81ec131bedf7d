package dev.counterweight.exporting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.serving.Candidates;
import dev.counterweight.serving.ServedModel;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

/** Whatever the model, its files tell in other runtimes what the scorer tells. */
class ModelExportTest {
  private static final int ROWS = 64;
  private static final int TREES = 5;
  private static final FeatureSchema NUMBERS = FeatureSchema.ofNumbers(List.of("w", "x", "y"));
  private static final FeatureSchema ALL_KINDS =
      FeatureSchema.of(
          List.of(
              "amount",
              "card.age",
              "score",
              "country",
              "code",
              "must",
              "tags",
              "words",
              "seen",
              "since",
              "once"),
          List.of(
              "number",
              "number(missing=mean)",
              "number(missing='7.5')",
              "category(buckets=50,width=5,seed=-3,missing=mean)",
              "category(buckets=1000,width=3,seed=9000000000,missing='none')",
              "category(buckets=9,width=2,seed=1)",
              "categories(buckets=20,width=3,seed=3,items=3,missing=mean)",
              "categories(buckets=30,width=2,seed=3,items=4,missing='none')",
              "time(zone=Europe/Zurich,missing=mean)",
              "time(zone=UTC,missing='2026-03-29T01:30:00Z')",
              "time(zone=Asia/Kathmandu)"));
  private static final FeatureSchema CATEGORIES =
      FeatureSchema.of(
          List.of("country", "tags"),
          List.of(
              "category(buckets=50,width=5,seed=-3,missing=mean)",
              "categories(buckets=20,width=3,seed=3,items=3,missing=mean)"));

  /** One row in 10,000 or so, whose features are some hundred deviations off, rounds to more. */
  private static final int FAR_OFF = 5;

  @Property(tries = 150, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
  void exportedFilesTellWhatTheScorerTells(@ForAll("checkpoints") StoredCheckpoint checkpoint)
      throws Exception {
    SampleRows rows = rows(checkpoint);

    Served onnx = OnnxRows.of(ModelExport.onnx(checkpoint), rows.inputs(), classes(checkpoint));
    Served torch = TorchRows.of(ModelExport.torchScript(checkpoint), rows.inputs());

    requireSame("ONNX", checkpoint, rows, onnx);
    requireSame("TorchScript", checkpoint, rows, torch);
  }

  private static void requireSame(
      String form, StoredCheckpoint checkpoint, SampleRows rows, Served theirs) {
    Agreement agreement = agreement(checkpoint, rows, theirs);
    assertThat(agreement.largest() <= FAR_OFF * Agreement.MOST && agreement.decided() == 0)
        .as(
            "%s of %s, %s: %s",
            form, checkpoint.manifest().training(), checkpoint.manifest().serving(), agreement)
        .isTrue();
    assertThat(theirs.decisions()).as(form).doesNotContain(-1);
  }

  private static Agreement agreement(StoredCheckpoint checkpoint, SampleRows rows, Served theirs) {
    try (ServedModel model = ServedCheckpoint.of(checkpoint)) {
      return Agreement.of(
          model, checkpoint.manifest().serving(), rows.columns(), theirs.floats(), theirs.longs());
    }
  }

  @Provide
  Arbitrary<StoredCheckpoint> checkpoints() {
    Arbitrary<MadeCheckpoint> models =
        Combinators.combine(
                Arbitraries.longs(),
                Arbitraries.of(NUMBERS, ALL_KINDS, CATEGORIES),
                Arbitraries.of("relu", "leaky-relu", "tanh", "sigmoid", "gelu", "silu"),
                Arbitraries.of(List.<Integer>of(), List.of(7), List.of(16, 8)),
                Arbitraries.of(0, 1, 16, 64),
                Arbitraries.of(
                    List.<Double>of(),
                    List.of(0.3, 0.2, 0.5),
                    List.of(0.6, 0.0, 0.15, 0.25),
                    List.of(0.0, 1.0),
                    List.of(0.2, 0.0, 0.1, 0.3, 0.4)),
                Arbitraries.of(0, 0, 20, 400))
            .as(
                (seed, features, activation, hidden, quantiles, mixture, learnt) ->
                    mixed(
                        mixture,
                        new MadeCheckpoint(seed)
                            .forest(learnt == 0 ? 0 : TREES, learnt)
                            .features(features)
                            .layers(activation, hidden.toArray(Integer[]::new))
                            .quantiles(quantiles)));
    return Combinators.combine(
            models,
            Arbitraries.of("cross-entropy", "focal", "logit-adjusted", "ldam"),
            Arbitraries.of(0.0, 0.1),
            Arbitraries.of(true, false),
            Arbitraries.of(true, false),
            Arbitraries.of(true, false, false),
            Arbitraries.of(
                "argmax-balanced",
                "argmax-scores",
                "argmax-calibrated",
                "argmax-of-before",
                "costs",
                "threshold",
                "threshold-of-before"),
            Arbitraries.of(
                List.of("ok", "fraud"),
                List.of("a", "b", "c"),
                List.of("a", "b", "c", "d"),
                many()))
        .as(
            (made, loss, smoothing, calibrate, recent, uncounted, decision, classes) ->
                made.loss(
                        loss,
                        Map.of(
                            "gamma",
                            2.0,
                            "tau",
                            0.8,
                            "ldam_scale",
                            10.0,
                            "label_smoothing",
                            smoothing))
                    .calibrate(calibrate)
                    .recent(recent)
                    .uncounted(uncounted)
                    .decision(decision)
                    .classes(classes)
                    .make());
  }

  /** Of an even number of candidates the second half are averages; of five one is a guest. */
  private static MadeCheckpoint mixed(List<Double> mixture, MadeCheckpoint made) {
    int count = mixture.size();
    boolean averaged = count % 2 == 0;
    if (count == 5) {
      return made.candidates(new Candidates(2, true, true), mixture.toArray(Double[]::new));
    }
    return count == 0
        ? made
        : made.candidates(
            new Candidates(averaged ? count / 2 : count, averaged, false),
            mixture.toArray(Double[]::new));
  }

  private static List<String> many() {
    return List.of("c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10");
  }

  /** Else a test of files could not fail. */
  @Example
  void aMeanThatIsOffIsFound() throws Exception {
    StoredCheckpoint checkpoint = new MadeCheckpoint(5).quantiles(16).make();
    SampleRows rows = rows(checkpoint);
    TreeMap<String, Tensor> off = new TreeMap<>(model(checkpoint).tensors());
    float[] mean = model(checkpoint).floats("normalizer.mean").clone();
    mean[1] += 0.01f;
    off.put("normalizer.mean", new Tensor.F32(mean, mean.length));
    TreeMap<String, byte[]> files = new TreeMap<>(checkpoint.files());
    files.put(StoredCheckpoint.MODEL, new SafeTensors(off).toBytes());
    StoredCheckpoint defect =
        new StoredCheckpoint(checkpoint.ref(), "nowhere", checkpoint.manifest(), files);

    Served told = OnnxRows.of(ModelExport.onnx(defect), rows.inputs(), classes(checkpoint));

    assertThat(agreement(checkpoint, rows, told).holds()).isFalse();
  }

  @Example
  void aForestThatIsLeftOutIsFoundAndOneThatIsServedIsTold() throws Exception {
    StoredCheckpoint checkpoint =
        new MadeCheckpoint(6).features(ALL_KINDS).recent(true).forest(TREES, 400).make();
    StoredCheckpoint networks = MadeCheckpoint.alone(checkpoint, "");
    SampleRows rows = rows(checkpoint);
    List<String> classes = classes(checkpoint);

    Served whole = OnnxRows.of(ModelExport.onnx(checkpoint), rows.inputs(), classes);
    Served without = OnnxRows.of(ModelExport.onnx(networks), rows.inputs(), classes);

    assertThat(agreement(checkpoint, rows, whole).holds()).isTrue();
    assertThat(agreement(checkpoint, rows, without).largest()).isGreaterThan(0.01);
    assertThat(ModelExport.about(checkpoint))
        .containsEntry("forest", "{\"networks\":0.6,\"slow\":0.9,\"quick\":0.5}");
    assertThat(ModelExport.about(networks)).doesNotContainKey("forest");
  }

  @Example
  void candidatesWithoutAShareAreNotExportedAndTheOthersAreNamed() throws Exception {
    StoredCheckpoint mixed =
        new MadeCheckpoint(7)
            .layers("relu", 400)
            .candidates(new Candidates(2, true, false), 0.0, 0.75, 0.25, 0.0)
            .make();
    int one = ModelExport.onnx(MadeCheckpoint.alone(mixed, "rate.1.")).length;

    assertThat(ModelExport.onnx(mixed).length).isBetween(3 * one / 2, 5 * one / 2);
    assertThat(ModelExport.about(mixed))
        .containsEntry("candidates", "[\"rate.1\",\"average.0\"]")
        .containsEntry("mixture", "[0.75,0.25]");
    assertThat(ModelExport.about(MadeCheckpoint.alone(mixed, "rate.1.")))
        .doesNotContainKeys("candidates", "mixture");
  }

  @Example
  void aGuestThatIsServedIsExportedAndOneThatIsNotCostsNothing() throws Exception {
    Candidates candidates = new Candidates(2, true, true);
    StoredCheckpoint away =
        new MadeCheckpoint(7)
            .layers("relu", 400)
            .candidates(candidates, 0.0, 0.75, 0.25, 0.0, 0.0)
            .make();
    StoredCheckpoint hosts =
        new MadeCheckpoint(7)
            .layers("relu", 400)
            .candidates(candidates.hosts(), 0.0, 0.75, 0.25, 0.0)
            .make();
    StoredCheckpoint served =
        new MadeCheckpoint(7)
            .layers("relu", 400)
            .candidates(candidates, 0.0, 0.2, 0.0, 0.0, 0.8)
            .make();

    assertThat(ModelExport.onnx(away)).hasSameSizeAs(ModelExport.onnx(hosts));
    assertThat(ModelExport.about(served))
        .containsEntry("candidates", "[\"rate.1\",\"linear\"]")
        .containsEntry("mixture", "[0.2,0.8]");
    SampleRows rows = rows(served);
    requireSame(
        "ONNX",
        served,
        rows,
        OnnxRows.of(ModelExport.onnx(served), rows.inputs(), classes(served)));
  }

  @Example
  void aRowWithoutWhatMustBeThereIsNotScored() throws Exception {
    StoredCheckpoint checkpoint = new MadeCheckpoint(3).features(ALL_KINDS).make();
    SampleRows rows = rows(checkpoint);
    SafeTensors inputs = new SafeTensors(rows.inputs());
    inputs.floats("amount")[0] = Float.NaN;
    inputs.longs("must")[1] = 0;
    inputs.longs("once")[2] = Long.MIN_VALUE;

    Served onnx = OnnxRows.of(ModelExport.onnx(checkpoint), rows.inputs(), classes(checkpoint));
    Served torch = TorchRows.of(ModelExport.torchScript(checkpoint), rows.inputs());

    for (Served told : List.of(onnx, torch)) {
      assertThat(Arrays.copyOf(told.decisions(), 3)).containsOnly(-1);
      assertThat(Arrays.copyOf(told.probabilities(), 9)).containsOnly(Double.NaN);
      assertThat(Arrays.copyOfRange(told.decisions(), 3, ROWS)).doesNotContain(-1);
    }
  }

  @Example
  void aFileIsTheSameBytesEachTime() {
    StoredCheckpoint checkpoint = new MadeCheckpoint(4).features(ALL_KINDS).make();

    assertThat(ModelExport.onnx(checkpoint)).isEqualTo(ModelExport.onnx(checkpoint));
    assertThat(ModelExport.torchScript(checkpoint)).isEqualTo(ModelExport.torchScript(checkpoint));
  }

  @Example
  void aFeatureNamedAsAnOutputIsRefused() {
    StoredCheckpoint checkpoint =
        new MadeCheckpoint(4).features(FeatureSchema.ofNumbers(List.of("x", "decision"))).make();

    assertThatThrownBy(() -> ModelExport.onnx(checkpoint))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("feature 'decision' cannot be an input of an ONNX file");
  }

  private static SampleRows rows(StoredCheckpoint checkpoint) {
    return SampleRows.of(
        ServedCheckpoint.features(checkpoint.manifest().schema()), model(checkpoint), ROWS, 11);
  }

  private static SafeTensors model(StoredCheckpoint checkpoint) {
    return MadeCheckpoint.parameters(checkpoint);
  }

  private static List<String> classes(StoredCheckpoint checkpoint) {
    return checkpoint.manifest().schema().classes();
  }
}
