package dev.counterweight.joiner;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Events and labels that give a joiner all there is to get wrong: several events a key, labels
 * early, late, twice, in conflict, corrected once and twice, on either side of every bound, for
 * keys that no event has, and both out of order by up to half the grace.
 *
 * <p>Lists are in the order in which each topic is written; what stands where is a function of the
 * seed.
 *
 * @param events by their number, which is their place in the list
 */
public record JoinStream(Rules rules, List<Event> events, List<Label> labels) {

  /** Which label an event gets where several are within its wait. */
  public enum Conflict {
    FIRST,
    LAST,
    PRIORITY
  }

  /**
   * By what a job joins.
   *
   * @param missing class of an event that no label came for; -1 to drop it
   */
  public record Rules(
      long waitMs, long graceMs, long correctForMs, int missing, Conflict conflict, int classes) {}

  /** An event without a label. */
  public record Event(int key, long timeMs) {}

  /** A label for every event of its key. */
  public record Label(int key, int label, long timeMs) {}

  private record Placed<T>(long at, T what) {}

  /** One event key in ten is that of an event shortly before; one in twenty of one long ago. */
  private static final int NEAR = 10;

  private static final int FAR = 20;

  /**
   * Makes a stream.
   *
   * @param size number of events
   * @param startMs time of the first
   * @param stepMs between one and the next
   */
  public static JoinStream of(Rules rules, int size, long startMs, long stepMs, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long outOfOrderMs = rules.graceMs / 2; // part of a grace is for getting events out in time
    List<Placed<Event>> events = new ArrayList<>();
    List<Placed<Label>> labels = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      long time = startMs + i * stepMs;
      Event event = new Event(key(random, i, events), time);
      events.add(new Placed<>(time + random.nextLong(outOfOrderMs), event));
      for (Label label : labels(rules, random, event, size)) {
        labels.add(new Placed<>(label.timeMs + random.nextLong(outOfOrderMs), label));
      }
    }
    return new JoinStream(rules, inOrder(events), inOrder(labels));
  }

  private static <T> List<T> inOrder(List<Placed<T>> placed) {
    placed.sort(Comparator.comparingLong(Placed::at));
    return placed.stream().map(Placed::what).toList();
  }

  private static int key(SplittableRandom random, int i, List<Placed<Event>> before) {
    if (i > 0 && random.nextInt(NEAR) == 0) {
      return before.get(i - 1 - random.nextInt(Math.min(i, 50))).what.key;
    }
    return i > 0 && random.nextInt(FAR) == 0 ? before.get(random.nextInt(i)).what.key : i;
  }

  private static List<Label> labels(
      Rules rules, SplittableRandom random, Event event, int unknown) {
    long wait = rules.waitMs;
    long end = wait + rules.correctForMs;
    List<Label> all = new ArrayList<>();
    switch (random.nextInt(20)) {
      case 0 -> {} // none
      case 1, 2 -> all.add(label(rules, random, event, -random.nextLong(1, wait + 1))); // early
      case 3, 4 -> { // twice
        Label once = label(rules, random, event, random.nextLong(wait + 1));
        all.add(once);
        all.add(new Label(once.key, once.label, event.timeMs + random.nextLong(wait + 1)));
      }
      case 5, 6 -> { // in conflict, perhaps
        for (int n = 0; n < 3; n++) {
          all.add(label(rules, random, event, random.nextLong(-wait, wait + 1)));
        }
      }
      case 7 -> all.add(label(rules, random, event, end + random.nextLong(1, wait))); // late
      case 8 -> { // on either side of every bound
        for (long bound : new long[] {-wait, wait, end}) {
          all.add(label(rules, random, event, bound + random.nextInt(-1, 2)));
        }
      }
      case 9, 10 -> { // corrected, twice perhaps
        all.add(label(rules, random, event, random.nextLong(wait + 1)));
        for (int n = random.nextInt(3); n >= 0; n--) {
          all.add(label(rules, random, event, wait + random.nextLong(rules.correctForMs + 2)));
        }
      }
      case 11 -> // for a key that no event has
          all.add(
              new Label(
                  unknown + random.nextInt(unknown), 0, event.timeMs + random.nextLong(wait)));
      default -> all.add(label(rules, random, event, random.nextLong(wait + 1)));
    }
    return all;
  }

  /** Two in three of the first class, and the rarer the later it is listed. */
  private static Label label(Rules rules, SplittableRandom random, Event event, long afterMs) {
    int label = 0;
    while (label < rules.classes - 1 && random.nextInt(3) == 0) {
      label++;
    }
    return new Label(event.key, label, event.timeMs + afterMs);
  }
}
