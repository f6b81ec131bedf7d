package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedOutputStream;
import dev.counterweight.registry.ApicurioRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code init} writes for topics of Avro and Protobuf. */
@Timeout(180)
class InitTypedTopicsIT {
  private static final String PROTO =
      """
      syntax = "proto3";
      message Event {
        Card card = 1;
        optional double amount = 2;
        string outcome = 3;
        repeated string tags = 4;
      }
      message Card { string country = 1; int32 age = 2; }
      """;
  private static final Schema AVRO =
      new Schema.Parser()
          .parse(
              """
              {"type": "record", "name": "Event", "fields": [
                {"name": "id", "type": "string"},
                {"name": "created_at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
                {"name": "card", "type": {"type": "record", "name": "Card", "fields": [
                  {"name": "country", "type": "string"},
                  {"name": "age", "type": ["null", "int"]},
                  {"name": "limit", "type": ["null", "double"]}]}},
                {"name": "channel", "type": {"type": "enum", "name": "C", "symbols": ["web", "app"]}},
                {"name": "is_fraud", "type": "boolean"}]}
              """);

  @TempDir Path folder;
  private InitTopic topic = new InitTopic(Path.of(""));

  @BeforeEach
  void nameTheTopic() {
    topic = new InitTopic(folder);
  }

  @Test
  void anAvroTopicsFileRunsAsItIs() throws IOException {
    ApicurioRegistry registry = ApicurioRegistry.shared();
    int id = registry.avro(topic.name() + "-value", AVRO.toString());
    topic.sendBytes(i -> framed(id, avro(i)));

    assertThat(topic.init()).isEqualTo(1);
    assertThat(topic.err()).contains("framed for a schema registry", "--schema-registry URL");
    assertThat(topic.init("--schema-registry", registry.url())).as(topic.err()).isZero();

    assertThat(topic.written())
        .containsEntry("events.format", "avro")
        .containsEntry("events.schema.registry", registry.url())
        .containsEntry("events.label", "is_fraud")
        .containsEntry("events.classes", "false,true")
        .containsEntry("events.time", "created_at")
        .containsEntry("events.features", "card.country,card.age,card.limit,channel")
        .containsEntry("feature.card.age.missing", "mean")
        .containsEntry("feature.card.limit.missing", "mean");
    assertThat(topic.out().replace("\n#  ", ""))
        .contains("never missing here, but the schema lets it be");
    topic.runsAsWritten();
  }

  @Test
  void aFramedProtobufTopicsFileRunsAsItIs() throws IOException {
    ApicurioRegistry registry = ApicurioRegistry.shared();
    int id = registry.protobuf(topic.name() + "-value", PROTO);
    topic.sendBytes(i -> framed(id, new byte[] {0}, protobuf(i)));

    assertThat(topic.init("--schema-registry", registry.url())).as(topic.err()).isZero();

    assertThat(topic.written())
        .containsEntry("events.format", "protobuf")
        .containsEntry("events.features", "card.country,card.age,amount,tags");
    topic.runsAsWritten();
  }

  @Test
  void aPlainProtobufTopicsFileRunsAsItIs() throws Exception {
    Path schema = folder.resolve("event.proto");
    Files.writeString(schema, PROTO);
    topic.sendBytes(i -> protobuf(i));

    assertThat(topic.init("--schema-file", schema.toString(), "--schema-message", "Event"))
        .as(topic.err())
        .isZero();

    assertThat(topic.written())
        .containsEntry("events.format", "protobuf")
        .containsEntry("events.schema.file", schema.toString())
        .containsEntry("events.features", "card.country,card.age,amount,tags")
        .containsEntry("feature.card.country.type", "category")
        .containsEntry("feature.amount.missing", "mean");
    topic.runsAsWritten();
  }

  /** By hand, so that nothing is taken for granted of the schema's reader. */
  private static byte[] protobuf(int i) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      CodedOutputStream out = CodedOutputStream.newInstance(bytes);
      ByteArrayOutputStream cardBytes = new ByteArrayOutputStream();
      CodedOutputStream card = CodedOutputStream.newInstance(cardBytes);
      card.writeString(1, "C" + i % 9);
      card.writeInt32(2, i % 60);
      card.flush();
      out.writeByteArray(1, cardBytes.toByteArray());
      if (i % 5 != 0) {
        out.writeDouble(2, i % 97 + 0.5);
      }
      out.writeString(3, InitTopic.label(i));
      out.writeString(4, "t" + i % 6);
      out.writeString(4, "u");
      out.flush();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] avro(int i) {
    GenericRecord card = new GenericData.Record(AVRO.getField("card").schema());
    card.put("country", "C" + i % 9);
    card.put("age", i % 5 == 0 ? null : i % 60);
    card.put("limit", i % 97 + 0.5);
    GenericRecord event = new GenericData.Record(AVRO);
    event.put("id", "e" + i);
    event.put("created_at", 1_790_000_000_000_000L + 1_000_000L * i);
    event.put("card", card);
    event.put(
        "channel",
        new GenericData.EnumSymbol(
            AVRO.getField("channel").schema(), List.of("web", "app").get(i % 2)));
    event.put("is_fraud", i % 40 == 0);
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      BinaryEncoder out = EncoderFactory.get().binaryEncoder(bytes, null);
      new GenericDatumWriter<GenericRecord>(AVRO).write(event, out);
      out.flush();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As Confluent's serializers do. */
  private static byte[] framed(int id, byte[]... parts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(ByteBuffer.allocate(5).put((byte) 0).putInt(id).array());
    for (byte[] part : parts) {
      bytes.writeBytes(part);
    }
    return bytes.toByteArray();
  }
}
