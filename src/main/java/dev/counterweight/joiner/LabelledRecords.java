package dev.counterweight.joiner;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.joining.HeldEvent;
import dev.counterweight.joining.Joined;
import dev.counterweight.joining.Origin;
import dev.counterweight.protocol.ClassIndex;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.protocol.LabelledHeaders;
import dev.counterweight.streams.Outgoing;
import java.util.List;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.processor.api.Record;

/** Makes the records of the topic of labelled events, for one partition of it. Thread-safe. */
final class LabelledRecords {
  /** What our own headers take, the class names apart. */
  private static final int HEADERS = 256;

  private final int partition;
  private final List<byte[]> classes;

  /**
   * @param partition to which they go
   * @param classes names, in class order
   */
  LabelledRecords(int partition, List<String> classes) {
    this.partition = partition;
    this.classes = classes.stream().map(name -> name.getBytes(UTF_8)).toList();
  }

  /** Bytes by which a record is longer than key, headers and value of its event. */
  static int added(List<String> classes) {
    int longest = classes.stream().mapToInt(name -> name.getBytes(UTF_8).length).max().orElse(0);
    return HEADERS + 2 * longest;
  }

  /**
   * The record of an event; who reads it is held to the same by {@link
   * dev.counterweight.protocol.LabelledEvents}.
   *
   * @throws InvariantException if it has no class of the job's, or replaces none of the others
   */
  Record<byte[], Outgoing> of(Joined joined) {
    requireClasses(joined);
    HeldEvent event = joined.event();
    HeldBody body = HeldBody.of(event.body(), joined.key());
    long timeMs = HeldBody.timeMs(event.body(), event.timeMs());
    Headers headers = body.headers();
    headers.add(LabelledHeaders.LABEL, classes.get(joined.label()));
    headers.add(LabelledHeaders.EVENT_TIME, digits(timeMs));
    headers.add(LabelledHeaders.WAITED_MS, digits(joined.waitedMs()));
    headers.add(LabelledHeaders.ORIGIN_PARTITION, digits(event.origin().partition()));
    headers.add(LabelledHeaders.ORIGIN_OFFSET, digits(event.origin().offset()));
    if (joined.replaces() != Joined.NOTHING) {
      headers.add(LabelledHeaders.REPLACES, classes.get(joined.replaces()));
    }
    Outgoing value = new Outgoing(partition, body.value());
    return new Record<>(body.key(), value, Math.max(0, event.timeMs()), headers);
  }

  private void requireClasses(Joined joined) {
    int label = joined.label();
    Origin origin = joined.event().origin();
    ClassIndex.require(label, classes.size(), origin.partition(), origin.offset());
    int before = joined.replaces();
    boolean other = before >= 0 && before < classes.size() && before != label;
    if (before != Joined.NOTHING && !other) {
      throw new InvariantException(
          "partition %d, offset %d: what a labelled event of class %d replaces is another class"
              .formatted(origin.partition(), origin.offset(), label),
          "-1 to %d and not its own".formatted(classes.size() - 1),
          before);
    }
  }

  /** As text; without one in between, since there are four of an event. */
  static byte[] digits(long number) {
    if (number < 0) {
      return Long.toString(number).getBytes(UTF_8);
    }
    int length = 1;
    for (long rest = number / 10; rest > 0; rest /= 10) {
      length++;
    }
    byte[] digits = new byte[length];
    long rest = number;
    for (int i = length - 1; i >= 0; i--) {
      digits[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    return digits;
  }
}
