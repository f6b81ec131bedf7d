package dev.counterweight.sampling;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.event.EventRejectedException.Reason;
import java.util.EnumMap;
import java.util.Map;

/**
 * What a transaction accounts for, to be counted once that is committed: what is aborted is done,
 * and would be counted, again. Not thread-safe.
 */
public final class Tally {
  private final Map<Reason, Long> letters = new EnumMap<>(Reason.class);
  private long tombstones;
  private long events;
  private long records;
  private long fresh;
  private long replays;
  private long evaluated;
  private long omitted;

  /** Adds a record that covers so many events. */
  public void add(MiniBatch batch, long covered) {
    int firsts = 0;
    for (byte flag : batch.draws().fresh()) {
      firsts += flag;
    }
    events += covered;
    records++;
    fresh += firsts;
    replays += batch.draws().rows() - firsts;
    evaluated += batch.evaluation().rows();
  }

  /** Adds a dead letter. */
  public void reject(Reason reason) {
    letters.merge(reason, 1L, Long::sum);
  }

  /** Adds a record without a value. */
  public void passOver() {
    tombstones++;
  }

  /** Records without a value. */
  public long tombstones() {
    return tombstones;
  }

  /** Adds the dead letters and tombstones of another tally. */
  public void addLetters(Tally other) {
    tombstones += other.tombstones;
    other.letters.forEach((reason, count) -> letters.merge(reason, count, Long::sum));
  }

  /** Adds dead letters that are counted but were not written. */
  public void omit(long letters) {
    omitted += letters;
  }

  /** Dead letters that were not written. */
  public long omitted() {
    return omitted;
  }

  /** Events covered, rejected ones included. */
  public long events() {
    return events;
  }

  /** Batch records. */
  public long records() {
    return records;
  }

  /** Events' first draws. */
  public long fresh() {
    return fresh;
  }

  /** Draws after an event's first. */
  public long replays() {
    return replays;
  }

  /** Draws, first or not. */
  public long draws() {
    return fresh + replays;
  }

  /** Rows of evaluation slices. */
  public long evaluated() {
    return evaluated;
  }

  /** Dead letters, whatever their reason. */
  public long deadLetters() {
    return letters.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Dead letters, of the reasons that there are any of. */
  public Map<Reason, Long> letters() {
    return Map.copyOf(letters);
  }
}
