package dev.counterweight.campaign;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Drops faults from a schedule that fails, for as long as it still does. */
final class Shrink {
  private Shrink() {}

  /**
   * Tries halves first, then single faults, until none can be left out.
   *
   * @param fails may be asked often; for what goes by time it may have to try more than once
   */
  static Schedule of(Schedule failed, Predicate<Schedule> fails) {
    List<Fault> kept = failed.faults();
    for (int part = Math.max(1, kept.size() / 2); part > 0; part /= 2) {
      for (int from = 0; from < kept.size(); ) {
        List<Fault> fewer = new ArrayList<>(kept.subList(0, from));
        fewer.addAll(kept.subList(Math.min(kept.size(), from + part), kept.size()));
        if (fails.test(failed.with(fewer))) {
          kept = List.copyOf(fewer);
        } else {
          from += part;
        }
      }
    }
    return failed.with(kept);
  }
}
