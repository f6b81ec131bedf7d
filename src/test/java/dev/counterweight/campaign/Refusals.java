package dev.counterweight.campaign;

import dev.counterweight.campaign.Contract.Must;
import dev.counterweight.campaign.History.Event;
import dev.counterweight.campaign.History.Kind;
import dev.counterweight.campaign.History.Label;
import dev.counterweight.campaign.Observed.Letter;
import dev.counterweight.campaign.Observed.Part;
import dev.counterweight.campaign.Truth.Read;
import dev.counterweight.config.LabelsConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a role refuses is its dead letter, once; nothing else is one. */
final class Refusals implements Invariant {
  /** A record that one side refuses; the scorer's letters are its own. */
  private record Refused(String topic, Place place, boolean unscored) {
    @Override
    public String toString() {
      return "%s %s%s".formatted(topic, place, unscored ? " (unscored)" : "");
    }
  }

  @Override
  public void check(History history, Observed observed, Truth truth, Findings findings) {
    Map<Refused, Must> expected = expected(history, observed, truth);
    long omitted = 0;
    Map<Refused, Integer> found = new LinkedHashMap<>();
    for (Letter letter : observed.letters()) {
      omitted += letter.omitted();
      found.merge(new Refused(letter.topic(), letter.place(), letter.unscored()), 1, Integer::sum);
    }
    found.forEach(
        (refused, times) -> {
          findings.require(times == 1, Rule.REFUSED_ONCE, "%d dead letters of %s", times, refused);
          findings.require(
              expected.getOrDefault(refused, Must.NO) != Must.NO,
              Rule.REFUSED_ONCE,
              "a dead letter of %s, which can be read, or is not there",
              refused);
        });
    if (observed.scope().complete()) {
      requireAll(expected, found, history, omitted, findings);
    }
  }

  private static void requireAll(
      Map<Refused, Must> expected,
      Map<Refused, Integer> found,
      History history,
      long omitted,
      Findings findings) {
    List<Refused> missing =
        expected.entrySet().stream()
            .filter(e -> e.getValue() == Must.YES && !found.containsKey(e.getKey()))
            .map(Map.Entry::getKey)
            .filter(refused -> !history.mayBeLost(refused.place()))
            .toList();
    if (missing.size() > omitted) {
      missing.forEach(
          refused ->
              findings.add(
                  Rule.REFUSED_ONCE, "no dead letter of %s (%d omitted)", refused, omitted));
    }
  }

  private static Map<Refused, Must> expected(History history, Observed observed, Truth truth) {
    Map<Refused, Must> expected = new LinkedHashMap<>();
    String source = observed.config().sources().get(0).topic();
    LabelsConfig labels = observed.config().labels();
    boolean head = observed.scope().has(labels == null ? Part.SAMPLER : Part.JOINER);
    for (Event event : history.events()) {
      Kind kind = event.kind();
      if (kind == Kind.TOMBSTONE) {
        continue;
      }
      if (head && !kind.counted()) {
        expected.put(new Refused(source, event.place(), false), Must.YES);
      }
      if (observed.scope().has(Part.SCORER) && !kind.scored()) {
        expected.put(new Refused(source, event.place(), true), Must.YES);
      }
    }
    if (labels != null && head) {
      for (Label label : history.labels()) {
        if (label.label() < 0) {
          expected.put(new Refused(labels.labels().topic(), label.place(), false), Must.YES);
        }
      }
    }
    if (observed.scope().has(Part.SAMPLER)) {
      addUsed(observed, truth, expected);
    }
    return expected;
  }

  /** Features are looked at, and refused, where an event is used. */
  private static void addUsed(Observed observed, Truth truth, Map<Refused, Must> expected) {
    Contract contract = new Contract(observed.config(), observed.snapshots());
    String topic = observed.config().events().topic();
    for (List<Read> all : truth.read().values()) {
      for (Read event : all) {
        if (event.kind() == Kind.BAD_FEATURE) {
          expected.put(new Refused(topic, event.place(), false), contract.used(event));
        }
      }
    }
  }
}
