package dev.counterweight.sampler;

import dev.counterweight.event.EventRejectedException;
import dev.counterweight.letters.ByteRate;
import dev.counterweight.letters.LetterForm;
import dev.counterweight.letters.LetterHeaders;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Rejected events on their way to the dead-letter topic. They wait for the record that covers them:
 * sent earlier, one could be committed while its event is not, and would be sent twice. Not
 * thread-safe.
 *
 * <p>{@code cw.omitted} says of a letter how many before it were not written, because there were
 * more than may be in that time.
 */
final class DeadLetters {
  private final LetterForm form;
  private final int maxBytes;
  private final ByteRate rate;
  private final List<ProducerRecord<byte[], byte[]>> waiting = new ArrayList<>();
  private long waitingBytes;
  private long omitted;
  private long takenBytes;

  /**
   * What went out up to some point, and what has been left out since the newest of that.
   *
   * @param takenBytes of the rate
   */
  record Mark(long takenBytes, long omitted) {}

  /**
   * @param maxBytes most bytes of a dead letter
   * @param rate at which they may go out
   */
  DeadLetters(String topic, int maxBytes, ByteRate rate) {
    this.form = new LetterForm(topic, maxBytes);
    this.maxBytes = maxBytes;
    this.rate = rate;
  }

  /**
   * Takes in an event that was rejected.
   *
   * @param counted whether its label, time and importance could be read
   */
  void add(ConsumerRecord<byte[], byte[]> event, EventRejectedException rejected, boolean counted) {
    ProducerRecord<byte[], byte[]> letter = form.of(event, rejected, counted);
    waiting.add(letter);
    waitingBytes += LetterForm.HEADER_BYTES + LetterForm.content(letter);
  }

  /** Whether so many bytes wait that the record that covers them should be cut. */
  boolean full() {
    return waitingBytes >= 4L * maxBytes;
  }

  /** About how many bytes wait. */
  long waitingBytes() {
    return waitingBytes;
  }

  /** How many wait. */
  int waiting() {
    return waiting.size();
  }

  /** Hands out what waits and may go out now, in order; nothing waits any more. */
  List<ProducerRecord<byte[], byte[]>> drain(long nowMs) {
    List<ProducerRecord<byte[], byte[]>> drained = new ArrayList<>();
    for (ProducerRecord<byte[], byte[]> letter : waiting) {
      long bytes = LetterForm.written(letter);
      if (!rate.take(bytes, nowMs)) {
        omitted++;
        continue;
      }
      takenBytes += bytes;
      if (omitted > 0) {
        LetterHeaders.put(letter.headers(), LetterHeaders.OMITTED, Long.toString(omitted));
        omitted = 0;
      }
      drained.add(letter);
    }
    clear();
    return drained;
  }

  /** What went out so far, to go back to. */
  Mark mark() {
    return new Mark(takenBytes, omitted);
  }

  /** Forgets what waits, and that anything went out since a mark: it comes again. */
  void backTo(Mark mark) {
    clear();
    rate.giveBack(takenBytes - mark.takenBytes());
    takenBytes = mark.takenBytes();
    omitted = mark.omitted();
  }

  /** Forgets what waits. */
  void clear() {
    waiting.clear();
    waitingBytes = 0;
  }
}
