package dev.counterweight.trainer;

import dev.counterweight.batch.Batches;
import dev.counterweight.batch.MiniBatch;
import dev.counterweight.event.Column;
import dev.counterweight.event.Feature;
import dev.counterweight.event.FeatureSchema;
import java.util.List;
import java.util.SplittableRandom;

/** Features of every type, and batch records of them. */
final class DeclaredFeatures {
  static final FeatureSchema ALL =
      FeatureSchema.of(
          List.of("amount", "age", "country", "tags", "seen"),
          List.of(
              "number",
              "number(missing=mean)",
              "category(buckets=50,width=5,seed=3,missing=mean)",
              "categories(buckets=20,width=3,seed=3,items=3)",
              "time(zone=Europe/Zurich,missing=mean)"));

  private DeclaredFeatures() {}

  static MiniBatch batch(int number) {
    return batch(number, ALL);
  }

  /** The record of that number, its rows of other columns: they tell of the label. */
  static MiniBatch batch(int number, FeatureSchema layout) {
    MiniBatch like = TrainerJob.batch(number);
    SplittableRandom random = new SplittableRandom(number);
    MiniBatch.Draws draws = like.draws();
    MiniBatch.EvaluationSlice slice = like.evaluation();
    return Batches.with(
        like,
        new MiniBatch.Draws(
            rows(random, draws.labels(), layout),
            draws.labels(),
            draws.lossWeight(),
            draws.sourcePartition(),
            draws.sourceOffset(),
            draws.fresh()),
        new MiniBatch.EvaluationSlice(
            rows(random, slice.labels(), layout),
            slice.labels(),
            slice.weights(),
            slice.sourcePartition(),
            slice.sourceOffset()),
        like.origin());
  }

  static float[] rows(SplittableRandom random, long[] labels, FeatureSchema layout) {
    List<Column> columns = layout.columns();
    float[] rows = new float[labels.length * columns.size()];
    for (int r = 0; r < labels.length; r++) {
      boolean missing = random.nextInt(5) == 0;
      boolean ended = false;
      for (int c = 0; c < columns.size(); c++) {
        Column column = columns.get(c);
        Feature feature = layout.features().get(column.feature());
        float value = 20 + 10 * labels[r] + random.nextInt(10);
        if (column.kind() == Column.Kind.ROW) {
          value = missing ? 0 : 1 + 7 * labels[r] + random.nextInt(5);
        } else if (column.kind() == Column.Kind.ROW_OR_NONE) {
          boolean first = column.name().endsWith("[0]");
          ended = !first && (ended || random.nextBoolean());
          value = ended ? -1 : 1 + 4 * labels[r] + random.nextInt(5);
        } else if (column.name().equals(feature.name() + ".missing")) {
          value = missing ? 1 : 0;
        } else if (feature.missing() instanceof Feature.Mean && missing) {
          value = Float.NaN;
        }
        rows[r * columns.size() + c] = value;
      }
    }
    return rows;
  }
}
