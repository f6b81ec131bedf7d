package dev.counterweight.campaign;

import dev.counterweight.campaign.History.Event;
import java.util.HashSet;
import java.util.Set;

/** What the broker acknowledged is there, and nothing else is. */
final class KeptEvents implements Invariant {
  @Override
  public void check(History history, Observed observed, Truth truth, Findings findings) {
    Set<Place> unknown = new HashSet<>(observed.events());
    for (Event event : history.events()) {
      boolean there = unknown.remove(event.place());
      findings.require(
          there || history.mayBeLost(event.place()),
          Rule.COUNTS_EXACT,
          "event %s was acknowledged and is not in its topic",
          event.place());
    }
    unknown.forEach(
        place ->
            findings.add(
                Rule.COUNTS_EXACT, "event %s is in its topic, committed by nobody", place));
  }
}
