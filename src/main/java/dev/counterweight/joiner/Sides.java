package dev.counterweight.joiner;

import dev.counterweight.joining.Side;
import java.util.function.Function;

/** What there is of each side. */
record Sides<T>(T events, T labels) {
  static <T> Sides<T> of(Function<Side, T> each) {
    return new Sides<>(each.apply(Side.EVENTS), each.apply(Side.LABELS));
  }

  T of(Side side) {
    return side == Side.EVENTS ? events : labels;
  }
}
