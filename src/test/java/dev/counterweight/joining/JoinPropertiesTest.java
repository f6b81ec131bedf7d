package dev.counterweight.joining;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.joining.JoinRules.Conflict;
import dev.counterweight.joining.JoinRules.Scope;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** Random streams of both sides: what leaves, against what must. */
class JoinPropertiesTest {
  private static final long END = 1_000_000;
  private static final int CLASSES = 3;
  private static final List<Conflict> CONFLICTS = List.of(Conflict.values());
  private static final List<Scope> SCOPES = List.of(Scope.values());

  /** A record of either side; an event has an offset. */
  private record Item(boolean event, String key, long offset, long timeMs, int label) {}

  private static JoinRules rules(SplittableRandom random, Scope scope) {
    return new JoinRules(
        1 + random.nextInt(60),
        4 + random.nextInt(60),
        random.nextBoolean() ? 0 : 1 + random.nextInt(100),
        random.nextInt(CLASSES + 1) - 1,
        CONFLICTS.get(random.nextInt(3)),
        scope);
  }

  private static List<Item> items(SplittableRandom random, boolean events, int most, int keys) {
    List<Item> items = new ArrayList<>();
    long time = 0;
    for (int i = 0; i < most; i++) {
      time += random.nextInt(12);
      items.add(
          new Item(
              events,
              "key" + "x".repeat(random.nextInt(keys)),
              events ? i : -1,
              time,
              random.nextInt(CLASSES)));
    }
    return items;
  }

  /** Mixes two sides, each in its own order. */
  private static List<Item> mixed(SplittableRandom random, List<Item> events, List<Item> labels) {
    List<Item> mixed = new ArrayList<>();
    int e = 0;
    int l = 0;
    int run = 0;
    boolean event = true;
    while (e < events.size() || l < labels.size()) {
      if (run-- == 0) {
        event = random.nextBoolean();
        run = random.nextInt(6);
      }
      boolean takesEvent = l == labels.size() || (event && e < events.size());
      mixed.add(takesEvent ? events.get(e++) : labels.get(l++));
    }
    return mixed;
  }

  private static void give(Joining joining, Item item, long t) {
    if (item.event()) {
      joining.event(item.key(), 0, item.offset(), item.timeMs(), t);
    } else {
      joining.label(item.key(), item.label(), item.timeMs(), t);
    }
  }

  @Property(tries = 3000, shrinking = ShrinkingMode.OFF)
  void whatLeavesIsWhatAnOracleOfListsWrites(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    JoinRules rules = rules(random, SCOPES.get(random.nextInt(2)));
    JoinOracle oracle = new JoinOracle(rules);
    Joining joining = new Joining(rules);
    int keys = 1 + random.nextInt(4);
    List<Item> events = items(random, true, 40, keys);
    List<Item> labels = items(random, false, 40, keys);
    long t = JoinClock.UNKNOWN;
    int backMs = random.nextInt(200);
    for (Item item : mixed(random, events, labels)) {
      if (random.nextInt(3) == 0) {
        t = Math.max(t, item.timeMs() - random.nextInt(backMs + 1) + random.nextInt(10));
      }
      advance(joining, oracle, t);
      give(joining, item, t);
      if (item.event()) {
        oracle.event(
            item.key(), new HeldEvent(new Origin(0, item.offset()), item.timeMs(), new byte[0]), t);
      } else {
        oracle.label(item.key(), new Label(item.label(), item.timeMs()), t);
      }
      assertThat(joining.written())
          .as("%s, after %s at %d", rules, item, t)
          .containsExactlyInAnyOrderElementsOf(oracle.written());
    }
    advance(joining, oracle, END);
    assertThat(joining.written())
        .as("%s, at the end", rules)
        .containsExactlyInAnyOrderElementsOf(oracle.written());
    assertThat(joining.classes().values().stream().mapToInt(List::size).sum())
        .isEqualTo(oracle.written().size());
    joining.assertEnded(events.size(), labels.size());
    assertThat(ofEvents(joining.facts())).isEqualTo(ofEvents(oracle.facts()));
  }

  /** Goes through all that is due one after the other, so that nothing is over before it is. */
  private static void advance(Joining joining, JoinOracle oracle, long t) {
    for (long due = joining.nextDueMs(); due <= t; due = joining.nextDueMs()) {
      joining.advance(due);
      oracle.advance(due);
    }
    oracle.advance(t);
  }

  private static Map<Fact, Integer> ofEvents(Map<Fact, Integer> facts) {
    Map<Fact, Integer> found = new EnumMap<>(facts);
    found
        .keySet()
        .removeIf(
            fact ->
                fact != Fact.MATCHED
                    && fact != Fact.EXPIRED
                    && fact != Fact.DROPPED
                    && fact != Fact.CORRECTED);
    return found;
  }

  @Property(tries = 3000, shrinking = ShrinkingMode.OFF)
  void howTheSidesAreMixedChangesNothingIfTheClockIsSound(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    JoinRules rules = rules(random, Scope.ALL);
    int keys = 1 + random.nextInt(4);
    long disorderMs = rules.graceMs() - rules.lookMs();
    List<Item> events = disordered(random, items(random, true, 60, keys), disorderMs);
    List<Item> labels = disordered(random, items(random, false, 60, keys), disorderMs);
    for (int mix = 0; mix < 3; mix++) {
      Joining joining = new Joining(rules).kept();
      long[] read = {JoinClock.UNKNOWN, JoinClock.UNKNOWN};
      int[] to = {events.size(), labels.size()};
      for (Item item : mixed(random, events, labels)) {
        int side = item.event() ? 0 : 1;
        read[side] = Math.max(read[side], item.timeMs());
        long t = Math.min(read[0], read[1]);
        give(joining, item, t);
        to[side]--;
        read[side] = to[side] == 0 ? END : read[side]; // nothing more of it holds the clock back
        if (random.nextInt(4) == 0) {
          joining.advance(t, 1 + random.nextInt(5));
        }
      }
      joining.advance(END);
      for (Item event : events) {
        assertThat(joining.classes().getOrDefault("0@" + event.offset(), List.of()))
            .as("%s, of %s, by %s", rules, event, labels)
            .isEqualTo(leavesWith(rules, event, labels));
      }
      joining.assertEnded(events.size(), labels.size());
    }
  }

  /** The classes that an event is written with, by all labels that there are, in their order. */
  private static List<Integer> leavesWith(JoinRules rules, Item event, List<Item> labels) {
    Item deciding = null;
    for (Item label : labels) {
      if (label.key().equals(event.key())
          && Math.abs(label.timeMs() - event.timeMs()) <= rules.waitMs()
          && (deciding == null || wins(rules.conflict(), label, deciding))) {
        deciding = label;
      }
    }
    if (deciding == null && rules.missing() < 0) {
      return List.of();
    }
    List<Integer> classes = new ArrayList<>();
    classes.add(deciding == null ? rules.missing() : deciding.label());
    long inForceMs = deciding == null ? Long.MIN_VALUE : deciding.timeMs();
    for (Item label : labels) {
      long afterMs = label.timeMs() - event.timeMs() - rules.waitMs();
      if (label.key().equals(event.key())
          && afterMs > 0
          && afterMs <= rules.correctForMs()
          && label.timeMs() >= inForceMs) {
        inForceMs = label.timeMs();
        if (label.label() != classes.get(classes.size() - 1)) {
          classes.add(label.label());
        }
      }
    }
    return classes;
  }

  private static boolean wins(Conflict conflict, Item label, Item over) {
    return switch (conflict) {
      case FIRST -> false;
      case LAST -> label.timeMs() >= over.timeMs();
      case PRIORITY -> label.label() > over.label();
    };
  }

  /** Puts records out of order, each by less than so much of time. */
  private static List<Item> disordered(SplittableRandom random, List<Item> items, long disorderMs) {
    IdentityHashMap<Item, Long> places = new IdentityHashMap<>();
    items.forEach(item -> places.put(item, item.timeMs() + random.nextLong(disorderMs)));
    return items.stream().sorted(Comparator.comparingLong(places::get)).toList();
  }

  @Property(tries = 2000, shrinking = ShrinkingMode.OFF)
  void whateverTheClockAndTheRulesDoEachEventLeavesOnceAndEachLabelIsToldOfOnce(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Joining joining = new Joining(rules(random, SCOPES.get(random.nextInt(2))));
    int keys = 1 + random.nextInt(4);
    List<Item> events = items(random, true, 80, keys);
    List<Item> labels = items(random, false, 80, keys);
    for (Item item : mixed(random, events, labels)) {
      long t = item.timeMs() - 150 + random.nextInt(300); // to and fro
      give(joining, item, t);
      if (random.nextInt(3) == 0) {
        joining.advance(t - 100 + random.nextInt(200), 1 + random.nextInt(4));
      }
      if (random.nextInt(40) == 0) {
        joining.configure(rules(random, SCOPES.get(random.nextInt(2))));
      }
      if (random.nextInt(60) == 0) {
        joining.expireAll(1 + random.nextInt(10));
      }
    }
    if (random.nextBoolean()) {
      joining.advance(END);
    } else {
      while (!joining.expireAll(1 + random.nextInt(10))) {
        assertThat(joining.totals().waiting()).isNotNegative();
      }
    }
    joining.assertEnded(events.size(), labels.size());
  }
}
