package dev.counterweight.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Drops faults from a schedule that fails, for as long as it still does. */
final class Shrink {
  private Shrink() {}

  /** A schedule without a fault that it would fail without. */
  static Schedule of(Schedule failed, Predicate<Schedule> fails) {
    Schedule least = failed;
    for (int i = 0; i < least.faults().size(); ) {
      List<Fault> fewer = new ArrayList<>(least.faults());
      fewer.remove(i);
      Schedule tried = least.with(fewer);
      if (fails.test(tried)) {
        least = tried;
      } else {
        i++;
      }
    }
    return least;
  }
}
