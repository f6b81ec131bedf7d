package dev.counterweight.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SchemaReadingsTest {
  private final List<SchemaId> asked = new ArrayList<>();
  private final SchemaReadings<String> readings =
      new SchemaReadings<>(SchemaOrigin.of(this::schema), "Avro", file -> "", this::read);

  private RegisteredSchema schema(SchemaId id) {
    asked.add(id);
    if (id.equals(id(13))) {
      throw new SchemaUnavailableException("away");
    }
    return new RegisteredSchema(id.equals(id(8)) ? "JSON" : "AVRO", "text of " + id, Map.of());
  }

  private String read(RegisteredSchema schema) {
    if (schema.text().endsWith(" 9")) {
      throw new IllegalArgumentException("no schema at all");
    }
    return schema.text();
  }

  private static SchemaId id(int id) {
    return new SchemaId.Number(id);
  }

  private String of(int id) throws EventRejectedException {
    return readings.of(new Frame(id(id), ByteBuffer.allocate(0), 0));
  }

  @Test
  void aSchemaIsAskedForOnce() throws Exception {
    assertThat(of(1)).isEqualTo("text of id 1");
    assertThat(of(2)).isEqualTo("text of id 2");
    assertThat(of(1)).isEqualTo("text of id 1");

    assertThat(asked).containsExactly(id(1), id(2));
  }

  @Test
  void oneThatIsNoGoodIsRefusedEachTimeAndAskedForOnce() {
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> of(8))
          .hasMessage("schema id 8 is of type JSON, not AVRO")
          .extracting(e -> ((EventRejectedException) e).reason())
          .isEqualTo(EventRejectedException.Reason.UNKNOWN_SCHEMA);
      assertThatThrownBy(() -> of(9)).hasMessage("schema id 9 cannot be read: no schema at all");
    }

    assertThat(asked).containsExactly(id(8), id(9));
  }

  @Test
  void oneThatCouldNotBeHadIsAskedForAgain() {
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> of(13)).isInstanceOf(SchemaUnavailableException.class);
    }

    assertThat(asked).hasSize(2);
  }

  @Test
  void aStreamOfNewIdsDoesNotFillTheMemory() throws Exception {
    for (int i = 100; i < 100 + SchemaReadings.MOST; i++) {
      of(i);
      of(100);
    }
    of(7);
    asked.clear();

    of(100);
    of(101);

    assertThat(asked).as("the one that was not used for longest went").containsExactly(id(101));
  }
}
