package dev.counterweight.event;

import static dev.counterweight.event.Rejections.assertRejected;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.event.EventRejectedException.Reason;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;

class AvroTreeTest {
  private static final String SCHEMA =
      """
      {"type": "record", "name": "Event", "fields": [
        {"name": "label", "type": {"type": "enum", "name": "L", "symbols": ["ok", "fraud"]}},
        {"name": "maybe", "type": ["null", "double"]},
        {"name": "card", "type": ["null", {"type": "record", "name": "Card", "fields": [
          {"name": "country", "type": "string"}, {"name": "age", "type": "int"}]}]},
        {"name": "words", "type": {"type": "array", "items": "string"}},
        {"name": "scores", "type": {"type": "map", "values": "double"}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "there", "type": {"type": "long", "logicalType": "local-timestamp-millis"}},
        {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
        {"name": "raw", "type": {"type": "fixed", "name": "F", "size": 2}},
        {"name": "f", "type": "float"},
        {"name": "new", "type": "boolean"}]}
      """;
  private static final Schema TYPE = new Schema.Parser().parse(SCHEMA);

  @Test
  void everyFieldIsThereUnderItsNameAndAsWhatItMeans() throws Exception {
    assertThat(read(message(true)))
        .containsEntry("label", new Value.Text("fraud"))
        .containsEntry("maybe", Value.number("2.5"))
        .containsEntry(
            "card",
            new Value.Fields(Map.of("country", new Value.Text("DE"), "age", Value.number("30"))))
        .containsEntry("words", new Value.Items(List.of(new Value.Text("a"), new Value.Text("b"))))
        .containsEntry("scores", new Value.Fields(Map.of("k", Value.number("3.5"))))
        .containsEntry("at", new Value.Moment(5007, false))
        .containsEntry("there", new Value.Moment(9, true))
        .containsEntry("price", Value.number("12.34"))
        .containsEntry("raw", new Value.Opaque())
        .containsEntry("f", new Value.Numeral(0.1f, "0.1"))
        .containsEntry("new", new Value.Flag(true));
  }

  @Test
  void nullsAreThereAsNothing() throws Exception {
    assertThat(read(message(false)))
        .containsEntry("maybe", new Value.Absent())
        .containsEntry("card", new Value.Absent());
  }

  @Test
  void whatTheSchemaLetsBeMissingIsTold() throws Exception {
    EventTree tree = tree();

    assertThat(tree.optional("")).isEmpty();
    tree.of(RawEvent.of(message(true), 1));

    assertThat(tree.optional("")).containsExactly("maybe", "card.country", "card.age");
    assertThat(tree.optional("card")).isEmpty();
  }

  @Test
  void aFrameNamesTheSchema() throws Exception {
    WriterSchemas registry = id -> new RegisteredSchema("AVRO", SCHEMA, Map.of());
    ByteArrayOutputStream framed = new ByteArrayOutputStream();
    framed.write(new byte[] {0, 0, 0, 0, 9});
    framed.write(message(true));

    Value event =
        EventTree.avro(SchemaOrigin.of(registry)).of(RawEvent.of(framed.toByteArray(), 1));

    assertThat(((Value.Fields) event).values()).containsEntry("label", new Value.Text("fraud"));
  }

  @Test
  void whatIsCutOffOrGoesOnIsRejected() throws Exception {
    byte[] whole = message(true);
    for (byte[] wrong :
        List.of(
            java.util.Arrays.copyOf(whole, whole.length - 1),
            java.util.Arrays.copyOf(whole, whole.length + 1))) {
      assertRejected(() -> read(wrong), Reason.MALFORMED, "");
    }
  }

  @Test
  void anArrayOfNothingsIsBounded() {
    String nothings = "{\"type\": \"array\", \"items\": \"null\"}";
    EventTree tree =
        EventTree.avro(
            SchemaOrigin.of(new SchemaOrigin.SchemaFile("a", nothings.getBytes(UTF_8), null)));
    byte[] endless = {-1, -1, -1, -1, -1, -1, -1, -1, 0x7f, 0}; // a block of 2^62 or so

    assertThatThrownBy(() -> tree.of(RawEvent.of(endless, 1)))
        .isInstanceOf(EventRejectedException.class);
  }

  private static EventTree tree() {
    return EventTree.avro(
        SchemaOrigin.of(new SchemaOrigin.SchemaFile("e.avsc", SCHEMA.getBytes(UTF_8), null)));
  }

  private static Map<String, Value> read(byte[] value) throws EventRejectedException {
    return ((Value.Fields) tree().of(RawEvent.of(value, 1))).values();
  }

  private static byte[] message(boolean full) throws Exception {
    GenericRecord event = new GenericData.Record(TYPE);
    event.put("label", new GenericData.EnumSymbol(TYPE.getField("label").schema(), "fraud"));
    if (full) {
      GenericRecord card = new GenericData.Record(TYPE.getField("card").schema().getTypes().get(1));
      card.put("country", "DE");
      card.put("age", 30);
      event.put("card", card);
      event.put("maybe", 2.5);
    }
    event.put("words", List.of("a", "b"));
    event.put("scores", Map.of("k", 3.5));
    event.put("at", 5_007_000L);
    event.put("there", 9L);
    event.put("price", ByteBuffer.wrap(new byte[] {0x04, (byte) 0xd2}));
    event.put("raw", new GenericData.Fixed(TYPE.getField("raw").schema(), new byte[] {1, 2}));
    event.put("f", 0.1f);
    event.put("new", true);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder out = EncoderFactory.get().binaryEncoder(bytes, null);
    new GenericDatumWriter<GenericRecord>(TYPE).write(event, out);
    out.flush();
    return bytes.toByteArray();
  }
}
