package dev.counterweight.campaign;

import dev.counterweight.campaign.History.Event;
import dev.counterweight.campaign.History.Kind;
import dev.counterweight.campaign.Observed.Joined;
import dev.counterweight.weights.Snapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What counter and sampler had to read, by what the producer saw committed and, of a job whose
 * labels come apart, by what the joiner made of it. Not thread-safe.
 */
final class Truth {
  /**
   * A record that counter and sampler read.
   *
   * @param label its class; -1 of one that is not counted
   * @param replaces of a correction the class before; else -1
   */
  record Read(Place place, int label, int replaces, Kind kind) {
    boolean counted() {
      return kind.counted();
    }
  }

  private final Map<Place, Event> events = new HashMap<>();
  private final SortedMap<Integer, List<Read>> read = new TreeMap<>();
  private final Map<Place, Read> byPlace = new HashMap<>();
  private final SortedMap<Integer, Long> from = new TreeMap<>();

  Truth(History history, Observed observed) {
    history.events().forEach(event -> events.put(event.place(), event));
    for (Snapshot snapshot : observed.snapshots()) {
      snapshot.offsets().from().forEach(from::putIfAbsent);
    }
    if (observed.config().labels() == null) {
      history.events().forEach(e -> add(new Read(e.place(), e.label(), -1, e.kind())));
    } else {
      observed.joined().forEach(this::add);
    }
    read.values().forEach(all -> all.sort((a, b) -> a.place().compareTo(b.place())));
  }

  private void add(Joined joined) {
    Event origin = events.get(joined.origin());
    Kind kind = origin == null ? Kind.GOOD : origin.kind();
    add(new Read(joined.place(), joined.label(), joined.replaces(), kind));
  }

  private void add(Read record) {
    Place place = record.place();
    if (place.offset() >= from(place.partition())) {
      read.computeIfAbsent(place.partition(), p -> new ArrayList<>()).add(record);
      byPlace.put(place, record);
    }
  }

  /** Offset of the first record of a partition that the job reads. */
  long from(int partition) {
    return from.getOrDefault(partition, 0L);
  }

  /** By partition, in order. */
  SortedMap<Integer, List<Read>> read() {
    return read;
  }

  /** In a partition, in order. */
  List<Read> read(int partition) {
    return read.getOrDefault(partition, List.of());
  }

  /** In a partition, from an offset to another, which is not among them. */
  List<Read> read(int partition, long from, long to) {
    List<Read> all = read(partition);
    return all.subList(firstAt(all, from), firstAt(all, to));
  }

  private static int firstAt(List<Read> all, long offset) {
    int low = 0;
    int high = all.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (all.get(middle).place().offset() < offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** At a place; null where nothing is committed. */
  @Nullable Read at(Place place) {
    return byPlace.get(place);
  }

  /** The event that was committed at a place of the user's topic; null if none was. */
  @Nullable Event event(Place place) {
    return events.get(place);
  }

  /** Counts a record, a correction by what it changes. */
  static void count(Read record, long[] counts) {
    if (record.counted()) {
      counts[record.label()]++;
      if (record.replaces() >= 0) {
        counts[record.replaces()]--;
      }
    }
  }
}
