package dev.counterweight.counter;

import dev.counterweight.event.EventHead;
import java.nio.ByteBuffer;

/**
 * Consecutive events of one partition, already decoded, as the value of one record of the topology:
 * Kafka Streams spends several times more on a record than it takes to read and count an event.
 *
 * <p>Bytes, big-endian, for each event: offset (8), label (4; -1 if it cannot be read, -2 for a
 * tombstone, -3 if it has no label and may have none, -4 if it was counted before), time (8),
 * importance (8), class before (4; -1 unless it is a correction); then one byte, 1 if nothing was
 * waiting behind the last of them. Never leaves the process.
 */
final class EventChunk {
  /** Events in a chunk, at most. */
  static final int MOST = 4_096;

  /** The label of what cannot be read. */
  static final int UNREADABLE = -1;

  /** The label of what is there to delete a key: a record without a value, or one that says so. */
  static final int TOMBSTONE = -2;

  /** The label of an event that has none, where those are passed over. */
  static final int UNLABELLED = -3;

  /** The label of an event published again that was counted before. */
  static final int COUNTED = -4;

  private static final int LABEL = Long.BYTES;
  private static final int TIME = LABEL + Integer.BYTES;
  private static final int IMPORTANCE = TIME + Long.BYTES;
  private static final int REPLACES = IMPORTANCE + Double.BYTES;
  private static final int EVENT = REPLACES + Integer.BYTES;

  private final ByteBuffer bytes;
  private int events;

  private EventChunk(ByteBuffer bytes, int events) {
    this.bytes = bytes;
    this.events = events;
  }

  /** An empty chunk with room for so many events. */
  static EventChunk forEvents(int capacity) {
    return new EventChunk(ByteBuffer.allocate(capacity * EVENT + 1), 0);
  }

  /** The chunk that {@link #value} gave. */
  static EventChunk of(byte[] value) {
    return new EventChunk(ByteBuffer.wrap(value), (value.length - 1) / EVENT);
  }

  /**
   * Closes the chunk, which must be full, and gives its bytes; shared.
   *
   * @param newest whether its last event was the partition's newest when it was polled
   */
  byte[] value(boolean newest) {
    if (bytes.remaining() != 1) {
      throw new IllegalStateException("a chunk of " + events + " events has room for more");
    }
    return bytes.put((byte) (newest ? 1 : 0)).array();
  }

  void add(long offset, EventHead head) {
    add(offset, head.label(), head.timeMs(), head.importance(), head.replaces());
  }

  /**
   * Adds a record that is no event to count.
   *
   * @param why in place of a label
   */
  void addWithoutHead(long offset, int why) {
    add(offset, why, 0, 0, EventHead.NEW);
  }

  private void add(long offset, int label, long timeMs, double importance, int replaces) {
    bytes.putLong(offset).putInt(label).putLong(timeMs).putDouble(importance).putInt(replaces);
    events++;
  }

  int events() {
    return events;
  }

  /** Whether no event was waiting behind these when they were polled. */
  boolean newest() {
    return bytes.get(events * EVENT) == 1;
  }

  long offset(int event) {
    return bytes.getLong(event * EVENT);
  }

  int label(int event) {
    return bytes.getInt(event * EVENT + LABEL);
  }

  long timeMs(int event) {
    return bytes.getLong(event * EVENT + TIME);
  }

  double importance(int event) {
    return bytes.getDouble(event * EVENT + IMPORTANCE);
  }

  /** The class in whose place the label is, of a correction; else {@link EventHead#NEW}. */
  int replaces(int event) {
    return bytes.getInt(event * EVENT + REPLACES);
  }
}
