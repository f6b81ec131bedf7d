package dev.counterweight.joining;

import dev.counterweight.joining.JoinRules.Conflict;
import dev.counterweight.joining.JoinRules.Scope;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a join must write, found with lists and by going through all of them: no rows, no index, no
 * states but what was written. Looks at its clock before every record.
 */
final class JoinOracle {
  /** An event that came. */
  private static final class Known {
    final Origin origin;
    final long timeMs;
    boolean decided;
    boolean missing;
    int label;
    long labelMs;

    Known(Origin origin, long timeMs) {
      this.origin = origin;
      this.timeMs = timeMs;
    }
  }

  private static final class Said {
    final int label;
    final long timeMs;
    @Nullable Fact fact;
    boolean late;

    Said(Label label) {
      this.label = label.label();
      this.timeMs = label.timeMs();
    }
  }

  private static final Comparator<Known> ORDER =
      Comparator.comparingLong((Known known) -> known.timeMs)
          .thenComparing(known -> known.origin.partition())
          .thenComparing(known -> known.origin.offset());

  private final JoinRules rules;
  private final Map<String, List<Known>> events = new LinkedHashMap<>();
  private final Map<String, List<Said>> labels = new LinkedHashMap<>();
  private final List<String> written = new ArrayList<>();
  private final Map<Fact, Integer> facts = new EnumMap<>(Fact.class);
  private long now;

  JoinOracle(JoinRules rules) {
    this.rules = rules;
  }

  List<String> written() {
    return written;
  }

  Map<Fact, Integer> facts() {
    return facts;
  }

  private long whole(long ms) {
    long bucket = Math.max(1, look() / 4);
    while (ms % bucket != 0) {
      ms++;
    }
    return ms;
  }

  private long look() {
    return Math.min(1000, Math.max(1, rules.graceMs() / 4));
  }

  private boolean over(Known event, long t) {
    return whole(event.timeMs + rules.waitMs() + rules.graceMs() - look()) <= t;
  }

  private boolean gone(Known event, long t) {
    long after = rules.correctForMs() == 0 ? -look() : rules.correctForMs();
    return whole(event.timeMs + rules.waitMs() + rules.graceMs() + after) <= t;
  }

  private boolean late(Said label, long t) {
    return whole(label.timeMs + rules.waitMs() + rules.graceMs()) <= t;
  }

  private boolean ended(Said label, long t) {
    long waits = rules.conflict() == Conflict.FIRST ? rules.waitMs() : 2 * rules.waitMs();
    return whole(label.timeMs + waits + rules.graceMs()) <= t;
  }

  private boolean belongs(Said label, Known event) {
    return label.timeMs >= event.timeMs - rules.waitMs()
        && label.timeMs <= event.timeMs + rules.waitMs();
  }

  private boolean corrects(Said label, Known event) {
    return label.timeMs > event.timeMs + rules.waitMs()
        && label.timeMs <= event.timeMs + rules.waitMs() + rules.correctForMs();
  }

  private boolean mayServe(String key, Said label, Known event) {
    if (rules.scope() == Scope.ALL) {
      return true;
    }
    return label.fact == null && target(key, label, event) == event;
  }

  private @Nullable Known target(String key, Said label, @Nullable Known also) {
    List<Known> near = new ArrayList<>();
    for (Known known : known(key)) {
      boolean there = !known.decided || !gone(known, now);
      if (there && (belongs(label, known) || corrects(label, known))) {
        near.add(known);
      }
    }
    if (also != null && !near.contains(also) && (belongs(label, also) || corrects(label, also))) {
      near.add(also);
    }
    Optional<Known> before = near.stream().filter(e -> e.timeMs <= label.timeMs).max(ORDER);
    return before.or(() -> near.stream().min(ORDER)).orElse(null);
  }

  void event(String key, HeldEvent held, long t) {
    advance(t);
    List<Known> known = known(key);
    Known event = new Known(held.origin(), held.timeMs());
    boolean over = over(event, t);
    if (rules.conflict() == Conflict.FIRST || over) {
      decide(key, event, over);
    }
    if (event.decided ? !gone(event, t) : !over) {
      known.add(event);
    }
  }

  private void decide(String key, Known event, boolean over) {
    List<Said> candidates =
        said(key).stream().filter(l -> belongs(l, event) && mayServe(key, l, event)).toList();
    if (candidates.isEmpty() && !over) {
      return;
    }
    if (candidates.isEmpty()) {
      count(rules.missing() < 0 ? Fact.DROPPED : Fact.EXPIRED);
      if (rules.missing() < 0) {
        return;
      }
      decided(event, rules.missing(), 0, true);
      write(event, rules.waitMs(), Joined.NOTHING);
    } else {
      Said winner = winner(candidates);
      decided(event, winner.label, winner.timeMs, false);
      write(event, Math.max(0, winner.timeMs - event.timeMs), Joined.NOTHING);
      count(Fact.MATCHED);
      for (Said other : candidates) {
        became(
            other,
            other == winner
                ? Fact.USED
                : other.label == winner.label ? Fact.DUPLICATE : Fact.CONFLICT);
      }
    }
    for (Said label : List.copyOf(said(key))) {
      if (corrects(label, event) && mayServe(key, label, event)) {
        correct(label, event);
      }
    }
  }

  private static void decided(Known event, int label, long labelMs, boolean missing) {
    event.decided = true;
    event.label = label;
    event.labelMs = labelMs;
    event.missing = missing;
  }

  private List<Known> known(String key) {
    return events.computeIfAbsent(key, k -> new ArrayList<>());
  }

  private List<Said> said(String key) {
    return labels.computeIfAbsent(key, k -> new ArrayList<>());
  }

  private Said winner(List<Said> candidates) {
    Said winner = candidates.get(0);
    for (Said each : candidates) {
      if (rules.conflict() == Conflict.LAST && each.timeMs >= winner.timeMs) {
        winner = each;
      } else if (rules.conflict() == Conflict.PRIORITY && each.label > winner.label) {
        winner = each;
      }
    }
    return winner;
  }

  void label(String key, Label given, long t) {
    advance(t);
    List<Known> known = known(key);
    List<Said> said = said(key);
    Said label = new Said(given);
    said.add(label);
    List<Known> seeing = List.copyOf(known);
    if (rules.scope() == Scope.LATEST) {
      Known target = target(key, label, null);
      seeing = target == null ? List.of() : List.of(target);
    }
    boolean needed = false;
    for (Known event : seeing) {
      if (event.decided) {
        offer(label, event);
      } else if (rules.conflict() == Conflict.FIRST) {
        decide(key, event, false);
      } else {
        needed |= belongs(label, event) && !ended(label, t);
      }
    }
    boolean spent =
        rules.scope() == Scope.LATEST
            && (label.fact != null || (!seeing.isEmpty() && seeing.get(0).decided));
    if (spent || (late(label, t) && !needed)) {
      become(label, Fact.LATE);
      said.remove(label);
    }
    forgetTold(said);
  }

  private void offer(Said label, Known event) {
    if (belongs(label, event) && !event.missing) {
      became(label, label.label == event.label ? Fact.DUPLICATE : Fact.CONFLICT);
    } else if (rules.correctForMs() > 0 && (belongs(label, event) || corrects(label, event))) {
      correct(label, event);
    } else if (belongs(label, event) || label.timeMs > event.timeMs) {
      label.late = true;
    }
  }

  private void correct(Said label, Known event) {
    if (!event.missing && label.timeMs < event.labelMs) {
      label.late = true;
      return;
    }
    int before = event.label;
    decided(event, label.label, label.timeMs, false);
    if (before == event.label) {
      became(label, Fact.DUPLICATE);
    } else {
      write(event, Math.max(0, label.timeMs - event.timeMs), before);
      count(Fact.CORRECTED);
      became(label, Fact.USED);
    }
  }

  void advance(long t) {
    now = t;
    for (String key : events.keySet()) {
      List<Known> known = known(key);
      known.sort(ORDER);
      for (Known event : List.copyOf(known)) {
        if (!event.decided && over(event, t)) {
          decide(key, event, true);
          if (!event.decided || gone(event, t)) {
            known.remove(event);
          }
        }
      }
      known.removeIf(event -> event.decided && gone(event, t));
      List<Said> said = said(key);
      said.stream().filter(l -> ended(l, t)).forEach(l -> become(l, Fact.UNMATCHED));
      said.removeIf(l -> ended(l, t));
      forgetTold(said);
    }
  }

  private void forgetTold(List<Said> said) {
    said.removeIf(label -> rules.scope() == Scope.LATEST && label.fact != null);
  }

  private void become(Said label, Fact otherwise) {
    became(label, label.late ? Fact.LATE : otherwise);
  }

  private void became(Said label, Fact fact) {
    if (label.fact == null) {
      label.fact = fact;
      count(fact);
    }
  }

  private void write(Known event, long waitedMs, int replaces) {
    written.add(line(event.origin, event.label, waitedMs, replaces));
  }

  static String line(Origin origin, int label, long waitedMs, int replaces) {
    return origin.partition()
        + "@"
        + origin.offset()
        + "="
        + label
        + " "
        + waitedMs
        + " for "
        + replaces;
  }

  private void count(Fact fact) {
    facts.merge(fact, 1, Integer::sum);
  }
}
