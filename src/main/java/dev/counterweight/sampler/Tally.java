package dev.counterweight.sampler;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.event.EventRejectedException.Reason;
import java.util.EnumMap;
import java.util.Map;

/**
 * What a transaction accounts for, to be counted once that is committed: what is aborted is done,
 * and would be counted, again. Not thread-safe.
 */
final class Tally {
  /** Dead letters, of the reasons that there are any of. */
  final Map<Reason, Long> letters = new EnumMap<>(Reason.class);

  /** Dead letters that are counted but were not written. */
  long omitted;

  /** Records passed over, of the reasons that there are any of. */
  final Map<Reason, Long> passedOver = new EnumMap<>(Reason.class);

  /** Events covered, rejected ones included. */
  long events;

  /** Of those, events that came before with another class. */
  long corrections;

  /** Batch records. */
  long records;

  /** Events' first draws. */
  long fresh;

  /** Draws after an event's first. */
  long replays;

  /** Rows of evaluation slices. */
  long evaluated;

  /** Adds a record that covers so many events. */
  void add(MiniBatch batch, long covered) {
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

  /** Adds so many dead letters. */
  void reject(Reason reason, long count) {
    letters.merge(reason, count, Long::sum);
  }

  /** Adds so many records passed over. */
  void passOver(Reason reason, long count) {
    passedOver.merge(reason, count, Long::sum);
  }

  /** Dead letters, whatever their reason. */
  long deadLetters() {
    return letters.values().stream().mapToLong(Long::longValue).sum();
  }
}
