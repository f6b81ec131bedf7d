package dev.counterweight.event;

import static dev.counterweight.event.Rejections.assertRejected;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.TextFormat;
import dev.counterweight.event.EventRejectedException.Reason;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProtobufTreeTest {
  private static final String PROTO =
      """
      syntax = "proto3";
      import "google/protobuf/timestamp.proto";
      import "google/protobuf/struct.proto";
      import "google/protobuf/wrappers.proto";
      message Other { string x = 1; }
      message Event {
        string label = 1;
        optional double maybe = 2;
        Card card = 3;
        repeated string words = 4;
        map<string, double> scores = 5;
        Status status = 6;
        google.protobuf.Timestamp at = 7;
        google.protobuf.DoubleValue wrapped = 8;
        uint64 big = 9;
        bytes raw = 10;
        float f = 11;
        google.protobuf.Struct free = 12;
      }
      message Card { string country = 1; int32 age = 2; }
      enum Status { UNKNOWN = 0; OK = 1; }
      """;
  private static final Descriptor EVENT =
      ProtobufSchema.ofText(PROTO, n -> Optional.empty()).message("Event");

  @Test
  void everyFieldIsThereUnderItsNameAndAsWhatItMeans() throws Exception {
    Map<String, Value> fields =
        read(
            """
            label: 'ok' card { country: 'DE' } words: 'a' words: 'b'
            scores { key: 'k' value: 2.5 } status: OK at { seconds: 5 nanos: 7000000 }
            wrapped { value: 3.5 } big: 18446744073709551615 raw: 'x' f: 0.1
            free { fields { key: 'l' value { list_value { values { bool_value: true } } } } }
            """);

    assertThat(fields)
        .containsEntry("label", new Value.Text("ok"))
        .containsEntry(
            "card",
            new Value.Fields(Map.of("country", new Value.Text("DE"), "age", Value.number("0"))))
        .containsEntry("words", new Value.Items(List.of(new Value.Text("a"), new Value.Text("b"))))
        .containsEntry("scores", new Value.Fields(Map.of("k", Value.number("2.5"))))
        .containsEntry("status", new Value.Text("OK"))
        .containsEntry("at", new Value.Moment(5007, false))
        .containsEntry("wrapped", Value.number("3.5"))
        .containsEntry("big", Value.number("18446744073709551615"))
        .containsEntry("raw", new Value.Opaque())
        .containsEntry("f", new Value.Numeral(0.1f, "0.1"))
        .containsEntry(
            "free", new Value.Fields(Map.of("l", new Value.Items(List.of(new Value.Flag(true))))))
        .containsEntry("maybe", new Value.Absent());
  }

  @Test
  void whatHasNoPresenceHasItsDefault() throws Exception {
    assertThat(read("maybe: 0"))
        .containsEntry("label", new Value.Text(""))
        .containsEntry("status", new Value.Text("UNKNOWN"))
        .containsEntry("maybe", Value.number("0"))
        .containsEntry("card", new Value.Absent())
        .containsEntry("wrapped", new Value.Absent());
  }

  @Test
  void whatTheSchemaCallsOptionalIsTold() throws Exception {
    EventTree tree = EventTree.protobuf(SchemaOrigin.of(file()));
    tree.of(RawEvent.of(message("label: 'ok'"), 1));

    assertThat(tree.optional("")).containsExactly("maybe", "wrapped");
  }

  @Test
  void aFrameNamesSchemaAndMessage() throws Exception {
    WriterSchemas registry = id -> new RegisteredSchema("PROTOBUF", PROTO, Map.of());
    ByteArrayOutputStream framed = new ByteArrayOutputStream();
    framed.write(new byte[] {0, 0, 0, 0, 9, 2, 2}); // one index, the second message
    framed.write(message("label: 'ok'"));

    Value event =
        EventTree.protobuf(SchemaOrigin.of(registry)).of(RawEvent.of(framed.toByteArray(), 1));

    assertThat(((Value.Fields) event).values()).containsEntry("label", new Value.Text("ok"));
  }

  @Test
  void whatIsNoMessageIsRejected() {
    EventTree tree = EventTree.protobuf(SchemaOrigin.of(file()));

    assertRejected(() -> tree.of(RawEvent.of("{\"a\"".getBytes(UTF_8), 1)), Reason.MALFORMED, "");
    assertThatThrownBy(() -> tree.of(RawEvent.of(null, 1)))
        .isInstanceOf(EventRejectedException.class);
  }

  private static Map<String, Value> read(String text) throws Exception {
    EventTree tree = EventTree.protobuf(SchemaOrigin.of(file()));
    return ((Value.Fields) tree.of(RawEvent.of(message(text), 1))).values();
  }

  private static SchemaOrigin.SchemaFile file() {
    return new SchemaOrigin.SchemaFile("event.proto", PROTO.getBytes(UTF_8), "Event");
  }

  private static byte[] message(String text) throws Exception {
    DynamicMessage.Builder message = DynamicMessage.newBuilder(EVENT);
    TextFormat.merge(text, message);
    return message.build().toByteArray();
  }
}
