package dev.counterweight.joiner;

import dev.counterweight.joiner.JoinStream.Event;
import dev.counterweight.joiner.JoinStream.Label;
import dev.counterweight.joiner.JoinStream.Rules;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a joiner must have written in the end, worked out from both topics at once by the rules as
 * docs/labels.md tells them: slow, plain, and without any code of the joiner's.
 */
public final class JoinRecount {

  /**
   * One record of an event.
   *
   * @param replaces the class in force before; -1 in an event's first record
   */
  public record Written(int label, long waitedMs, int replaces) {}

  private record Arrived(int at, Label label) {}

  private final Rules rules;
  private final List<Event> events;
  private final Map<Integer, List<Arrived>> labels = new HashMap<>();

  public JoinRecount(JoinStream stream) {
    this.rules = stream.rules();
    this.events = stream.events();
    for (Label label : stream.labels()) {
      List<Arrived> known = labels.computeIfAbsent(label.key(), key -> new ArrayList<>());
      known.add(new Arrived(known.size(), label));
    }
  }

  /** All records of an event, in order; none of one that is dropped. */
  public List<Written> of(int event) {
    Event e = events.get(event);
    List<Arrived> known = labels.getOrDefault(e.key(), List.of());
    List<Written> all = new ArrayList<>();
    List<Arrived> within = known.stream().filter(l -> belongs(e, l.label)).toList();
    if (within.isEmpty() && rules.missing() < 0) {
      return all;
    }
    Written now;
    if (within.isEmpty()) {
      now = new Written(rules.missing(), rules.waitMs(), -1);
    } else {
      Label deciding = deciding(within);
      now = new Written(deciding.label(), waited(e, deciding), -1);
    }
    all.add(now);
    long inForceMs = Long.MIN_VALUE;
    for (Arrived l : known) {
      if (corrects(e, l.label) && l.label.timeMs() >= inForceMs) {
        inForceMs = l.label.timeMs();
        if (l.label.label() != now.label) {
          now = new Written(l.label.label(), waited(e, l.label), now.label);
          all.add(now);
        }
      }
    }
    return all;
  }

  /** Records of all events. */
  public long records() {
    long records = 0;
    for (int event = 0; event < events.size(); event++) {
      records += of(event).size();
    }
    return records;
  }

  /** The class that each event has in the end; -1 of one that is dropped. */
  public int[] finalLabels() {
    int[] labels = new int[events.size()];
    for (int event = 0; event < labels.length; event++) {
      List<Written> all = of(event);
      labels[event] = all.isEmpty() ? -1 : all.get(all.size() - 1).label;
    }
    return labels;
  }

  /** Events of each class in the end. */
  public long[] counts() {
    long[] counts = new long[rules.classes()];
    for (int label : finalLabels()) {
      if (label >= 0) {
        counts[label]++;
      }
    }
    return counts;
  }

  /** Latest event time of those that are written. */
  public long asOfMs() {
    int[] labels = finalLabels();
    long latest = Long.MIN_VALUE;
    for (int event = 0; event < labels.length; event++) {
      latest = labels[event] < 0 ? latest : Math.max(latest, events.get(event).timeMs());
    }
    return latest;
  }

  /** The same counts, faded to a moment. */
  public double[] decayed(double halfLifeMs, long asOfMs) {
    double[] counts = new double[rules.classes()];
    int[] labels = finalLabels();
    for (int event = 0; event < labels.length; event++) {
      if (labels[event] >= 0) {
        counts[labels[event]] += Math.pow(2, (events.get(event).timeMs() - asOfMs) / halfLifeMs);
      }
    }
    return counts;
  }

  private boolean belongs(Event event, Label label) {
    return Math.abs(label.timeMs() - event.timeMs()) <= rules.waitMs();
  }

  private boolean corrects(Event event, Label label) {
    long after = label.timeMs() - event.timeMs();
    return after > rules.waitMs() && after <= rules.waitMs() + rules.correctForMs();
  }

  private static long waited(Event event, Label label) {
    return Math.max(0, label.timeMs() - event.timeMs());
  }

  private Label deciding(List<Arrived> within) {
    Comparator<Arrived> later =
        Comparator.<Arrived>comparingLong(l -> l.label.timeMs()).thenComparingInt(l -> l.at);
    return switch (rules.conflict()) {
      case FIRST -> within.get(0).label;
      case LAST -> within.stream().max(later).orElseThrow().label;
      case PRIORITY -> priority(within);
    };
  }

  /** Of labels of the class that is listed last, the first to come. */
  private static Label priority(List<Arrived> within) {
    Label best = within.get(0).label;
    for (Arrived l : within) {
      best = l.label.label() > best.label() ? l.label : best;
    }
    return best;
  }
}
