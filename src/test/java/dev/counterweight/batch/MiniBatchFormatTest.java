package dev.counterweight.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.event.Schema;
import dev.counterweight.protocol.Span;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MiniBatchFormatTest {
  private static final Schema SCHEMA =
      Schema.ofNumbers(List.of("a", "b", "c"), "label", List.of("ok", "fraud"));

  @Test
  void aRecordComesBackAsItWas() {
    MiniBatch batch = batch(2, 1);

    byte[] bytes = MiniBatchFormat.write(batch, 3);
    MiniBatch back = MiniBatchFormat.read(bytes);

    assertThat(back).usingRecursiveComparison().isEqualTo(batch);
    assertThat(MiniBatchFormat.origin(bytes)).isEqualTo(batch.origin());
    assertThat(MiniBatchFormat.write(back, 3)).isEqualTo(bytes);
  }

  @Test
  void anEmptySpanTravelsToo() {
    MiniBatch back = MiniBatchFormat.read(MiniBatchFormat.write(batch(0, 0), 3));

    SafeTensors file = SafeTensors.parse(MiniBatchFormat.write(batch(0, 0), 3));
    assertThat(file.tensor("features").shape()).containsExactly(0L, 3L);
    assertThat(file.tensor("eval_features").shape()).containsExactly(0L, 3L);
    assertThat(back.draws().rows()).isZero();
    assertThat(back.evaluation().rows()).isZero();
    assertThat(back.origin().spans()).containsEntry(1, new Span(5, 5));
  }

  @Test
  void namesAndShapesAreThoseOfTheContract() {
    SafeTensors file = SafeTensors.parse(MiniBatchFormat.write(batch(2, 1), 3));

    assertThat(file.tensors().keySet())
        .containsExactlyInAnyOrder(
            "features",
            "labels",
            "loss_weight",
            "source_partition",
            "source_offset",
            "fresh",
            "eval_features",
            "eval_labels",
            "eval_weights",
            "eval_source_partition",
            "eval_source_offset",
            "eval_prior",
            "eval_class_weight",
            "prior",
            "class_weight",
            "uses");
    assertThat(file.tensor("features").shape()).containsExactly(2L, 3L);
    assertThat(file.tensor("eval_features").shape()).containsExactly(1L, 3L);
    assertThat(file.metadata())
        .containsEntry("job", "fraud")
        .containsEntry("schema", "1")
        .containsEntry("weights_version", "7")
        .containsEntry("spans", "{\"0\":[3,9],\"1\":[5,5]}")
        .containsEntry("events", "4")
        .containsEntry("end", "{\"0\":9,\"1\":6}")
        .containsEntry("event_time_min", "100")
        .containsEntry("event_time_max", "200")
        .containsEntry("event_schema", SCHEMA.text())
        .containsEntry("schema_hash", SCHEMA.hash());
  }

  @Test
  void aRecordFromBeforeAClassWasAddedKnowsNothingOfIt() {
    MiniBatch batch = batch(2, 1);
    int before = SCHEMA.classes().size();
    Schema grown =
        Schema.ofNumbers(
            SCHEMA.features(),
            SCHEMA.label(),
            Stream.concat(SCHEMA.classes().stream(), Stream.of("late")).toList());

    MiniBatch read = batch.readUnder(grown);

    assertThat(read.prior()).hasSize(before + 1).startsWith(batch.prior()).endsWith(0f);
    assertThat(read.classWeight()).startsWith(batch.classWeight());
    assertThat(read.known().prior()).startsWith(batch.known().prior()).endsWith(0f);
    assertThat(read.origin().schema()).isEqualTo(grown);
    assertThat(read.draws()).isSameAs(batch.draws());
    assertThat(batch.differenceTo(grown)).isEmpty();
    assertThat(read.differenceTo(SCHEMA)).isPresent();
    assertThat(batch.readUnder(SCHEMA)).isSameAs(batch);
  }

  @Test
  void whatWasMissingTravelsWhereItIsTold() {
    MiniBatch batch = batch(2, 1);
    MiniBatch told =
        Batches.with(
            batch,
            batch.draws(),
            batch.evaluation().withMissing(new float[] {0, 2.5f, 0}),
            batch.origin());

    MiniBatch back = MiniBatchFormat.read(MiniBatchFormat.write(told, 3));

    assertThat(back.evaluation().missing()).containsExactly(0, 2.5f, 0);
  }

  @Test
  void aPartWithoutRowsMayBeOfNoWidthAsItOnceWas() {
    SafeTensors file = SafeTensors.parse(MiniBatchFormat.write(batch(2, 0), 3));
    TreeMap<String, Tensor> tensors = new TreeMap<>(file.tensors());
    tensors.put("eval_features", new Tensor.F32(new float[0], 0, 0));

    MiniBatch back = MiniBatchFormat.read(new SafeTensors(tensors, file.metadata()).toBytes());

    assertThat(back.evaluation().features()).isEmpty();
    assertThat(back.draws().features()).hasSize(6);
  }

  @Test
  void aRecordThatDoesNotCountItsEventsIsTakenToHoldAsManyAsOffsets() {
    SafeTensors file = SafeTensors.parse(MiniBatchFormat.write(batch(1, 1), 3));
    var metadata = new TreeMap<>(file.metadata());
    metadata.remove("events");

    byte[] older = new SafeTensors(file.tensors(), metadata).toBytes();

    assertThat(MiniBatchFormat.origin(older).events()).isEqualTo(6);
    assertThat(MiniBatchFormat.read(MiniBatchFormat.write(batch(1, 1), 3)).origin().events())
        .isEqualTo(4);
  }

  @Test
  void whatDrawsReplaceIsToldWhereLabelsComeLaterAndNowhereElse() {
    MiniBatch plain = batch(2, 1);
    MiniBatch labelled = Batches.replacing(plain, -1, 1);
    MiniBatch empty = Batches.replacing(batch(0, 1));

    assertThat(SafeTensors.parse(MiniBatchFormat.write(plain, 3)).tensors())
        .doesNotContainKey("replaces");
    assertThat(read(plain).draws().replaces()).isNull();
    assertThat(read(labelled).draws().replaces()).containsExactly(-1, 1);
    assertThat(read(empty).draws().replaces()).isEmpty();
  }

  private static MiniBatch read(MiniBatch batch) {
    return MiniBatchFormat.read(MiniBatchFormat.write(batch, 3));
  }

  @Test
  void anotherSchemaIsRefusedByItsNumber() {
    SafeTensors file = SafeTensors.parse(MiniBatchFormat.write(batch(1, 1), 3));
    var metadata = new TreeMap<>(file.metadata());
    metadata.put("schema", "2");

    byte[] newer = new SafeTensors(file.tensors(), metadata).toBytes();

    assertThatThrownBy(() -> MiniBatchFormat.read(newer))
        .isInstanceOf(MalformedTensorsException.class)
        .hasMessage("batch record of schema '2': this version reads 1");
  }

  @Test
  void spansThatAreNoSpansAreRefused() {
    SafeTensors file = SafeTensors.parse(MiniBatchFormat.write(batch(1, 1), 3));
    var metadata = new TreeMap<>(file.metadata());
    metadata.put("spans", "{\"0\":[9,3]}");

    byte[] bad = new SafeTensors(file.tensors(), metadata).toBytes();

    assertThatThrownBy(() -> MiniBatchFormat.origin(bad))
        .isInstanceOf(MalformedTensorsException.class)
        .hasMessageContaining("bad metadata");
  }

  private static MiniBatch batch(int n, int m) {
    float[] features = new float[n * 3];
    for (int i = 0; i < features.length; i++) {
      features[i] = i * 0.5f;
    }
    return new MiniBatch(
        new MiniBatch.Draws(
            features, new long[n], new float[n], new int[n], new long[n], new byte[n]),
        new MiniBatch.EvaluationSlice(
            new float[m * 3], new long[m], new float[m], new int[m], new long[m]),
        new MiniBatch.Known(new float[] {0.8f, 0.2f}, new float[] {0.7f, 5}),
        new float[] {0.9f, 0.1f},
        new float[] {1, 9},
        new float[] {0.5f, 4},
        new MiniBatch.Origin(
            "fraud",
            7,
            new TreeMap<>(Map.of(0, new Span(3, 9), 1, new Span(5, 5))),
            new TreeMap<>(Map.of(0, 9L, 1, 6L)),
            100,
            200,
            new StreamIdentity("cluster", "topic"),
            SCHEMA,
            4));
  }
}
