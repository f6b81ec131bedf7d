package dev.counterweight.live;

import dev.counterweight.live.Latest.Seen;
import org.jspecify.annotations.Nullable;

/**
 * How far the roles have come in the events topic; null where it is not known.
 *
 * @param sampled sum of the offsets that the sampler has committed, and since when it stands there
 */
record Lags(
    @Nullable Place counter,
    @Nullable Seen<Double> sampled,
    @Nullable Place sampler,
    @Nullable Place trainer) {
  static final Lags UNKNOWN = new Lags(null, null, null, null);

  /**
   * How far one of them has come.
   *
   * @param events it is behind the topic's end
   * @param seconds the same in time; null if more than this process has seen
   */
  record Place(long events, @Nullable Double seconds) {}
}
