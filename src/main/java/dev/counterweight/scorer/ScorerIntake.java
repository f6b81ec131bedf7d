package dev.counterweight.scorer;

import static dev.counterweight.scorer.KeptRecord.KEPT_KEY;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.event.FramedSchemas;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.PollBudget;
import dev.counterweight.kafka.Records;
import dev.counterweight.streams.BufferDeserializer;
import dev.counterweight.streams.Intake;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Takes events in as they are, as far as {@link KeptRecord}s keep them, once the schemas are known
 * that they were written by: whoever scores them cannot wait. Used by the thread of one consumer.
 */
final class ScorerIntake implements Intake {
  private static final Headers NONE = new RecordHeaders();

  /** Of a record whose timestamp does not matter. */
  private static final long NO_TIME = -1;

  private final PollBudget budget;
  private final int keptValue;
  private final FramedSchemas framed;
  private Headers headers = NONE;
  private int keyBytes;
  private byte @Nullable [] key;

  ScorerIntake(EventsConfig events, WriterSchemas schemas, PollBudget budget) {
    this.budget = budget;
    this.keptValue = events.keptBytes();
    this.framed = events.framedSchemas(schemas);
  }

  @Override
  public BufferDeserializer keys() {
    return (topic, with, whole) -> {
      keyBytes = whole == null ? 0 : whole.remaining();
      budget.take(with, Math.min(keyBytes, KEPT_KEY));
      headers = with;
      key = whole == null ? null : Utils.toArray(whole, Math.min(keyBytes, KEPT_KEY));
      return key;
    };
  }

  /** A consumer reads a record's key just before its value, and gives both its headers. */
  @Override
  public BufferDeserializer values() {
    return (topic, with, whole) -> {
      if (whole == null) {
        return null;
      }
      int bytes = whole.remaining();
      budget.take(with, Math.min(bytes, keptValue));
      byte[] value = Utils.toArray(whole, Math.min(bytes, keptValue));
      boolean sameRecord = with == headers;
      framed.require(Records.event(sameRecord ? key : null, value, with, NO_TIME));
      return KeptRecord.held(value, bytes, sameRecord ? keyBytes : 0, keptValue);
    };
  }
}
