package dev.counterweight.batch;

import dev.counterweight.batch.MiniBatch.Draws;
import dev.counterweight.batch.MiniBatch.EvaluationSlice;
import dev.counterweight.batch.MiniBatch.Origin;
import org.jspecify.annotations.Nullable;

/** Batch records made of others. */
public final class Batches {
  public static final Draws NO_DRAWS =
      new Draws(new float[0], new long[0], new float[0], new int[0], new long[0], new byte[0]);
  public static final EvaluationSlice NO_ROWS =
      new EvaluationSlice(new float[0], new long[0], new float[0], new int[0], new long[0]);

  private Batches() {}

  /** A record with these parts, all else as in another. */
  public static MiniBatch with(
      MiniBatch like, Draws draws, EvaluationSlice evaluation, Origin origin) {
    return new MiniBatch(
        draws,
        evaluation,
        like.known(),
        like.prior(),
        like.classWeight(),
        like.uses(),
        origin,
        like.recent());
  }

  /**
   * The same record of a job whose labels come later.
   *
   * @param replaces of each draw; null to tell nothing
   */
  public static MiniBatch replacing(MiniBatch plain, int @Nullable ... replaces) {
    Draws draws = plain.draws();
    return with(
        plain,
        new Draws(
            draws.features(),
            draws.labels(),
            draws.lossWeight(),
            draws.sourcePartition(),
            draws.sourceOffset(),
            draws.fresh(),
            replaces),
        plain.evaluation(),
        plain.origin());
  }
}
