package dev.counterweight.scorer;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.event.FramedSchemas;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.PollBudget;
import dev.counterweight.kafka.Records;
import dev.counterweight.streams.Intake;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Takes events in as they are, once the schemas are known that they were written by: whoever scores
 * them cannot wait. Used by the thread of one consumer.
 */
final class ScorerIntake implements Intake {
  /** Of a record whose timestamp does not matter. */
  private static final long NO_TIME = -1;

  private final KeptRecord.Taking taking;
  private final FramedSchemas framed;

  ScorerIntake(EventsConfig events, WriterSchemas schemas, PollBudget budget) {
    this.taking = new KeptRecord.Taking(budget, events.keptBytes());
    this.framed = events.framedSchemas(schemas);
  }

  @Override
  public Deserializer<byte @Nullable []> keys() {
    return taking.keys();
  }

  @Override
  public Deserializer<byte @Nullable []> values() {
    return taking.values(
        (key, value, headers) -> framed.require(Records.event(key, value, headers, NO_TIME)));
  }
}
