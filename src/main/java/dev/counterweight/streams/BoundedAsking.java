package dev.counterweight.streams;

import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.RegisteredSchema;
import dev.counterweight.event.SchemaId;
import dev.counterweight.event.SchemaUnavailableException;
import dev.counterweight.event.WriterSchemas;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * A registry that is asked for some seconds a poll at most. Bytes that are no events name thousands
 * of ids that nobody knows, each asked for: a consumer that polls for minutes is taken for dead,
 * and another begins with the same. Used by the thread of one consumer.
 */
final class BoundedAsking implements WriterSchemas {
  /** Small beside Kafka's max.poll.interval.ms, large beside one answer. */
  private static final Duration MOST = Duration.ofSeconds(10);

  private final WriterSchemas schemas;
  private final LongSupplier nanos;
  private long endNs;

  /**
   * @param nanos such as {@link System#nanoTime}
   */
  BoundedAsking(WriterSchemas schemas, LongSupplier nanos) {
    this.schemas = schemas;
    this.nanos = nanos;
    begin();
  }

  /** A poll begins. */
  void begin() {
    endNs = nanos.getAsLong() + MOST.toNanos();
  }

  /**
   * {@inheritDoc}
   *
   * @throws SchemaUnavailableException also where the poll has asked for long enough
   */
  @Override
  public RegisteredSchema schema(SchemaId id) throws EventRejectedException {
    if (nanos.getAsLong() - endNs >= 0) {
      throw new SchemaUnavailableException("schema " + id + " is asked for with the next poll");
    }
    return schemas.schema(id);
  }
}
