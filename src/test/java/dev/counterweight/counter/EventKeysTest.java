package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventSchema;
import dev.counterweight.kafka.PollBudget;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class EventKeysTest {
  private final Headers record = new RecordHeaders();

  @Test
  void aKeyIsKeptForItsOwnRecordsValueAlone() {
    EventKeys keys = keys("key:label");

    assertThat(keys.deserialize("events", record, ByteBuffer.wrap(new byte[] {1, 2}, 1, 1)))
        .isNull();

    assertThat(keys.of(record)).containsExactly(2);
    assertThat(keys.of(new RecordHeaders())).as("of the next, which has no key").isNull();
  }

  @Test
  void aKeyIsDroppedWhereNoHeadStandsInIt() {
    EventKeys keys = keys("label");

    assertThat(keys.deserialize("events", record, ByteBuffer.wrap(new byte[] {1, 2}))).isNull();

    assertThat(keys.of(record)).isNull();
  }

  @Test
  void aKeyIsCutWhereTheSamplerCutsIt() {
    EventKeys keys = keys("key:");
    ByteBuffer key = ByteBuffer.allocate(EventsConfig.KEPT_KEY_BYTES + 1);

    keys.deserialize("events", record, key);

    assertThat(keys.of(record)).hasSize(EventsConfig.KEPT_KEY_BYTES);
    assertThat(key.remaining()).as("the consumer tells its size").isEqualTo(key.capacity());
  }

  @Test
  void keysOfOtherTopicsStayAsTheyAre() {
    assertThat(keys("key:").deserialize("partials", record, ByteBuffer.wrap(new byte[] {1, 2})))
        .containsExactly(1, 2);
  }

  private static EventKeys keys(String label) {
    return new EventKeys(
        new EventsConfig(
            "events",
            EventFormat.JSON,
            EventsConfig.Start.EARLIEST,
            new EventSchema(List.of("a"), label, List.of("ok", "fraud"), null, null),
            0,
            1 << 20,
            EventsConfig.Lost.FAIL),
        new PollBudget(1 << 20));
  }
}
