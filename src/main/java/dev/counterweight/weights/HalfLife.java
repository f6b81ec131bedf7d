package dev.counterweight.weights;

import java.util.Map;

/**
 * After how much event time, or how many events, a counted event counts half.
 *
 * @param amount milliseconds or events, at least 1; 0 for {@link Unit#NONE}
 */
public record HalfLife(Unit unit, long amount) {

  /** What a half-life is measured in. */
  public enum Unit {
    /** Events never fade. */
    NONE,
    MILLISECONDS,
    EVENTS
  }

  private static final String PARAMETER = "counts.half.life";

  /** Events never fade. */
  public static final HalfLife NONE = new HalfLife(Unit.NONE, 0);

  public HalfLife {
    if (unit == Unit.NONE ? amount != 0 : amount < 1) {
      throw new IllegalArgumentException(
          "counts.half.life=%d %s: must be at least 1".formatted(amount, unit));
    }
  }

  /**
   * The amount as {@code counts.half.life.ms} or {@code counts.half.life.events}; empty if none.
   */
  public Map<String, Double> parameters() {
    return switch (unit) {
      case NONE -> Map.of();
      case MILLISECONDS -> Map.of(PARAMETER + ".ms", (double) amount);
      case EVENTS -> Map.of(PARAMETER + ".events", (double) amount);
    };
  }
}
