package dev.counterweight.kafka;

import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * Ends a poll before it holds more than so many bytes and one record: compressed records take up to
 * some ten thousand times less when they are fetched, so neither a number of records nor the size
 * of a fetch bounds what becomes of them.
 *
 * <p>A deserializer asks it for every key and value. Where the budget is spent it throws: the
 * consumer then returns the records before, and gives the same record to the deserializers again at
 * the next poll. What it cannot see: a record without key and value, and how large the client makes
 * one record before it asks. Used by the thread of one consumer.
 */
public final class PollBudget {
  /** For one poll, unless something else is asked for. */
  public static final long MAX_BYTES = 16 << 20;

  private static final SpentException SPENT = new SpentException();
  private static final Headers NONE = new RecordHeaders();
  // A header's objects.
  private static final int HEADER_BYTES = 96;

  private final long mostBytes;
  private Headers current = NONE;
  private long taken;

  /** Never leaves the consumer that was asked to poll. */
  private static final class SpentException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SpentException() {
      super("as many bytes as a poll may hold", null, false, false);
    }
  }

  /**
   * @param mostBytes of one poll; its last record may exceed it
   */
  public PollBudget(long mostBytes) {
    this.mostBytes = mostBytes;
  }

  /** A poll begins: what the one before brought is held by who asked for it. */
  public void begin() {
    taken = 0;
    current = NONE;
  }

  /**
   * Takes the bytes that a key or value will have.
   *
   * @param headers of its record, which tell one record from the next
   */
  public void take(Headers headers, long bytes) {
    if (headers != current) {
      if (taken >= mostBytes) {
        throw SPENT;
      }
      current = headers;
      taken += bytes(headers);
    }
    taken += bytes;
  }

  /**
   * About what headers hold. Reading them has each hold what is its own, not the bytes of the whole
   * record.
   */
  public static long bytes(Headers headers) {
    long bytes = 0;
    for (Header header : headers) {
      byte[] value = header.value();
      bytes += HEADER_BYTES + header.key().length() + (value == null ? 0 : value.length);
    }
    return bytes;
  }
}
