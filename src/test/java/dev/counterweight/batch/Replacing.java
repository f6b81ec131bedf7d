package dev.counterweight.batch;

import org.jspecify.annotations.Nullable;

/** Batch records whose draws tell what they replace. */
public final class Replacing {
  private Replacing() {}

  /**
   * The same record.
   *
   * @param replaces of each draw; null to tell nothing
   */
  public static MiniBatch in(MiniBatch plain, int @Nullable ... replaces) {
    MiniBatch.Draws draws = plain.draws();
    return new MiniBatch(
        new MiniBatch.Draws(
            draws.features(),
            draws.labels(),
            draws.lossWeight(),
            draws.sourcePartition(),
            draws.sourceOffset(),
            draws.fresh(),
            replaces),
        plain.evaluation(),
        plain.known(),
        plain.prior(),
        plain.classWeight(),
        plain.uses(),
        plain.origin());
  }
}
