package dev.counterweight.campaign;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a producer saw acknowledged and committed: the truth that a job's topics are held to. What
 * its aborted transactions wrote is not in here; such records are only counted.
 *
 * <p>For one writer at a time and readers after it; thread-safe.
 */
public final class History {
  /** What an event is good for. */
  public enum Kind {
    GOOD(true, true),
    /** The same again, at a place of its own: an event like any other. */
    DUPLICATE(true, true),
    /** Label and time can be read, the features cannot. */
    BAD_FEATURE(true, false),
    /** The features can be read, label or time cannot. */
    BAD_LABEL(false, true),
    /** Nothing of it can be read. */
    BROKEN(false, false),
    /** No event: passed over, and never a dead letter. */
    TOMBSTONE(false, false);

    private final boolean counted;
    private final boolean scored;

    Kind(boolean counted, boolean scored) {
      this.counted = counted;
      this.scored = scored;
    }

    /** Whether it counts for its class. */
    public boolean counted() {
      return counted;
    }

    /** Whether a model can answer it. */
    public boolean scored() {
      return scored;
    }
  }

  /**
   * An event.
   *
   * @param key that labels are joined on; null where labels stand in the events
   * @param label class index; -1 where labels come apart, or it cannot be read
   * @param timeMs by which it is joined
   */
  public record Event(Place place, @Nullable String key, int label, long timeMs, Kind kind) {}

  /**
   * A label of a job whose labels come apart.
   *
   * @param label class index; -1 of one that cannot be read
   */
  public record Label(Place place, String key, int label, long timeMs) {}

  private final List<Event> events = new ArrayList<>();
  private final List<Label> labels = new ArrayList<>();
  private final Set<String> damaged = new HashSet<>();
  private final List<Place> deleted = new ArrayList<>();
  private long aborted;

  /** An event is committed. */
  public synchronized void event(Event event) {
    events.add(event);
  }

  /** A label is committed; those of one key in the order in which they stand in their topic. */
  public synchronized void label(Label label) {
    labels.add(label);
  }

  /** So many records, of events and of labels, are in transactions that were aborted. */
  public synchronized void aborted(long records) {
    aborted += records;
  }

  /** Somebody spoilt the folder of the checkpoint of that name. */
  public synchronized void damaged(String checkpoint) {
    damaged.add(checkpoint);
  }

  /** The events of a partition below an offset were deleted, perhaps before they were read. */
  public synchronized void deletedBefore(int partition, long offset) {
    deleted.add(new Place(partition, offset));
  }

  /** In the order in which they were committed. */
  public synchronized List<Event> events() {
    return List.copyOf(events);
  }

  /** In the order in which they were committed. */
  public synchronized List<Label> labels() {
    return List.copyOf(labels);
  }

  public synchronized long aborted() {
    return aborted;
  }

  synchronized boolean isDamaged(String checkpoint) {
    return damaged.contains(checkpoint);
  }

  /** Whether any checkpoint was spoilt: a trainer may then go on from one before the newest. */
  synchronized boolean anyDamaged() {
    return !damaged.isEmpty();
  }

  /** Whether an event may have been deleted before it was read. */
  synchronized boolean mayBeLost(Place event) {
    return deleted.stream()
        .anyMatch(to -> to.partition() == event.partition() && event.offset() < to.offset());
  }
}
