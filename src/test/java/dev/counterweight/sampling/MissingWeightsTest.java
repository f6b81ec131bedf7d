package dev.counterweight.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventHead;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.EventTimeUnit;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.event.RawEvent;
import dev.counterweight.sampler.Snapshots;
import dev.counterweight.weights.Snapshot;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a record tells of features that were missing, with events as they come. */
class MissingWeightsTest {
  private static final List<String> CLASSES = List.of("ok", "rare", "fraud");

  private final List<MiniBatch> records = new ArrayList<>();

  @Test
  void aRecordTellsWhatTheRowsWeighInWhichAFeatureWasMissing() {
    build(
        List.of(
            "number(missing=mean)", "number", "category(buckets=8,width=2,seed=1,missing='?')"));

    double[] wanted = new double[3];
    for (MiniBatch record : records) {
      MiniBatch.EvaluationSlice slice = record.evaluation();
      double first = 0;
      double third = 0;
      for (int row = 0; row < slice.rows(); row++) {
        first += Float.isNaN(slice.features()[row * 4]) ? slice.weights()[row] : 0;
        third += slice.sourceOffset()[row] % 3 == 0 ? slice.weights()[row] : 0;
      }
      assertThat(slice.missing()).containsExactly((float) first, 0, (float) third);
      wanted[0] += first;
      wanted[2] += third;
    }
    assertThat(wanted[0]).isBetween(0.4 * 2000, 0.6 * 2000);
    assertThat(wanted[2]).isBetween(0.25 * 2000, 0.42 * 2000);
  }

  @Test
  void aRecordTellsNothingOfFeaturesThatMayNotBeMissing() {
    build(List.of("number", "number", "category(buckets=8,width=2,seed=1)"));

    assertThat(records)
        .isNotEmpty()
        .allSatisfy(record -> assertThat(record.evaluation().missing()).isEmpty());
  }

  /** Of 2,000 events; where it may be, a is missing in every second, c in every third. */
  private void build(List<String> kinds) {
    FeatureSchema layout = FeatureSchema.of(List.of("a", "b", "c"), kinds);
    EventSchema schema =
        new EventSchema(layout, "label", CLASSES, null, null, EventTimeUnit.MS, 0, List.of());
    EventDecoder decoder = EventFormat.JSON.decoder(schema, 1 << 20);
    BatchBuilder builder =
        new BatchBuilder(
            schema.schema(),
            new BatchBuilder.Limits(64, 64, 512, 1000, 1 << 20),
            new HashRandom(11),
            new ReplayBuffer(3, layout.columnCount(), 16),
            decoder,
            rejected -> {
              throw new AssertionError(rejected.getMessage());
            },
            (record, events) -> records.add(record),
            false,
            false);
    Snapshot snapshot = Snapshots.of(new double[] {1000, 700, 300}, new double[] {1, 1, 1});
    builder.plan(
        new SamplingPlan(
            snapshot,
            null,
            Snapshots.balanced(snapshot.counts().n()),
            SamplingPlanTest.hybrid(64, 0.5),
            1,
            0.3));
    OpenSpan span = builder.open(0, 0, null);
    boolean may = layout.features().get(0).mayBeMissing();
    for (int i = 0; i < 2000; i++) {
      String json =
          "{%s\"b\":2%s}"
              .formatted(
                  may && i % 2 == 0 ? "" : "\"a\":1,",
                  may && i % 3 == 0 ? "" : ",\"c\":\"" + i % 7 + "\"");
      builder.add(
          span,
          i,
          new EventHead(i % 3, 5, 1),
          RawEvent.of(json.getBytes(StandardCharsets.UTF_8), 5));
    }
    builder.cut();
  }
}
