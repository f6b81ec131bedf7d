package dev.counterweight.live;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.protocol.LabelledHeaders;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * How long events waited for their labels, by a sample of what the joiner wrote: of its first
 * partition, where keys are spread. Dropped events are not written, so that the share without a
 * label is known only where those are written too. Not thread-safe.
 */
final class LabelTimes {
  static final int KEPT = 1_000;

  private final long neverMs;
  private final Deque<Long> waited = new ArrayDeque<>();

  /**
   * @param neverMs what an event has waited that got no label, -1 where those are not written
   */
  LabelTimes(long neverMs) {
    this.neverMs = neverMs;
  }

  /**
   * How long after their events labels came of late. What is not known is NaN.
   *
   * @param medianSeconds of the events that got a label
   * @param neverShare of the events decided, those that got none
   */
  record Delays(double medianSeconds, double neverShare) {
    static final Delays UNKNOWN = new Delays(Double.NaN, Double.NaN);
  }

  /** One more event; a correction is none. */
  void take(ConsumerRecord<byte[], byte[]> labelled) {
    Header header = labelled.headers().lastHeader(LabelledHeaders.WAITED_MS);
    if (header == null || labelled.headers().lastHeader(LabelledHeaders.REPLACES) != null) {
      return;
    }
    try {
      waited.addLast(Long.parseLong(new String(header.value(), UTF_8)));
    } catch (NumberFormatException e) {
      return; // whoever wrote that is no joiner
    }
    if (waited.size() > KEPT) {
      waited.removeFirst();
    }
  }

  Delays delays() {
    if (waited.isEmpty()) {
      return Delays.UNKNOWN;
    }
    long[] came =
        waited.stream().mapToLong(ms -> ms).filter(ms -> ms != neverMs).sorted().toArray();
    double never = neverMs < 0 ? Double.NaN : 1 - (double) came.length / waited.size();
    double medianS = came.length == 0 ? Double.NaN : came[(came.length - 1) / 2] / 1e3;
    return new Delays(medianS, never);
  }
}
