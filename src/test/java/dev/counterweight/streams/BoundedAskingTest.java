package dev.counterweight.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.event.RegisteredSchema;
import dev.counterweight.event.SchemaId;
import dev.counterweight.event.SchemaUnavailableException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BoundedAskingTest {
  private static final RegisteredSchema ANY = new RegisteredSchema("AVRO", "\"int\"", Map.of());
  private long nowNs = Long.MAX_VALUE;

  @Test
  void aPollThatHasAskedForLongLeavesTheRestToTheNext() throws Exception {
    BoundedAsking asking =
        new BoundedAsking(
            id -> {
              nowNs += Duration.ofMillis(100).toNanos();
              return ANY;
            },
            () -> nowNs);
    for (int poll = 0; poll < 3; poll++) {
      asking.begin();
      for (int i = 0; i < 100; i++) {
        assertThat(asking.schema(new SchemaId.Number(i))).isSameAs(ANY);
      }
      assertThatThrownBy(() -> asking.schema(new SchemaId.Number(100)))
          .isInstanceOf(SchemaUnavailableException.class);
    }
  }
}
