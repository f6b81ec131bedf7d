package dev.counterweight.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.Type;
import com.google.protobuf.TimestampProto;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ProtobufSchemaTest {
  private static final String PAYMENT =
      """
      syntax = "proto3";
      package shop.pay;
      import "google/protobuf/timestamp.proto";
      import "buf/validate/validate.proto";
      import public "shop/card.proto";
      option java_package = "x";

      /* A payment. */
      message Payment {
        double amount = 1 [deprecated = true, (buf.validate.field).double.gt = 0];
        optional int32 items = 2;
        Card card = 3;
        .google.protobuf.Timestamp at = 4;
        repeated sint64 history = 5;
        map<string, Tag> tags_of_all = 6;
        oneof how { string cash = 7; Tag voucher = 8; }
        Status status = 9;
        reserved 20 to 30, 99;
        message Tag { string text = 1; message Inner { bool b = 1; } }
        enum Status { OK = 0; FRAUD = 1; }
      }
      message Refund { fixed32 id = 1; }
      service Pay { rpc Do (Payment) returns (Refund); }
      """;
  private static final Map<String, String> IMPORTS =
      Map.of(
          "shop/card.proto",
          "syntax = 'proto3'; package shop; message Card { string country = 2; }");

  @Test
  void theTextOfAFileBecomesMessagesWithNumbersTypesAndPresence() {
    Descriptor payment = text(PAYMENT).message("shop.pay.Payment");

    assertThat(field(payment, "amount").getType()).isEqualTo(Type.DOUBLE);
    assertThat(field(payment, "amount").hasPresence()).isFalse();
    assertThat(field(payment, "items").hasPresence()).isTrue();
    assertThat(field(payment, "items").getRealContainingOneof()).isNull();
    assertThat(field(payment, "card").getMessageType().getFullName()).isEqualTo("shop.Card");
    assertThat(field(payment, "at").getMessageType().getFullName())
        .isEqualTo("google.protobuf.Timestamp");
    assertThat(field(payment, "history").isRepeated()).isTrue();
    assertThat(field(payment, "tags_of_all").isMapField()).isTrue();
    assertThat(field(payment, "tags_of_all").getMessageType().findFieldByNumber(2).getMessageType())
        .isEqualTo(payment.findNestedTypeByName("Tag"));
    assertThat(field(payment, "voucher").getRealContainingOneof().getFields())
        .extracting(FieldDescriptor::getNumber)
        .containsExactly(7, 8);
    assertThat(field(payment, "status").getEnumType().findValueByNumber(1).getName())
        .isEqualTo("FRAUD");
  }

  @Test
  void proto2HasPresenceEverywhereAndGroups() {
    Descriptor old =
        text("""
        message Old {
          required int32 a = 1;
          optional string b = 2 [default = "x"];
          repeated group Part = 3 { optional bool c = 1; }
          extensions 100 to max;
        }
        extend Old { optional int32 more = 100; }
        """)
            .onlyMessage();

    assertThat(field(old, "a").isRequired()).isTrue();
    assertThat(field(old, "b").hasPresence()).isTrue();
    assertThat(field(old, "part").getType()).isEqualTo(Type.GROUP);
    assertThat(field(old, "part").getMessageType().findFieldByName("c")).isNotNull();
  }

  @Test
  void aMessageIsFoundByNameOrByTheIndexesOfAFrame() {
    ProtobufSchema schema = text(PAYMENT);

    assertThat(schema.message(List.of(1)).getName()).isEqualTo("Refund");
    assertThat(schema.message(List.of(0, 0, 0)).getName()).isEqualTo("Inner");
    assertThat(schema.message("Payment").getFullName()).isEqualTo("shop.pay.Payment");
    assertThat(schema.message("Tag.Inner").getName()).isEqualTo("Inner");
    assertThat(schema.message("shop.Card").getName()).isEqualTo("Card");
    assertThatThrownBy(() -> schema.message("shop.pay.Paymnt"))
        .hasMessage(
            "no message 'shop.pay.Paymnt': there are shop.Card, shop.pay.Payment,"
                + " shop.pay.Payment.Tag, shop.pay.Payment.Tag.Inner, shop.pay.Refund; did you mean"
                + " 'shop.pay.Payment'?");
    assertThatThrownBy(() -> schema.message(List.of(2)))
        .hasMessage("message indexes [2]: the schema has shop.pay.Payment, shop.pay.Refund");
    assertThatThrownBy(() -> schema.message(List.of(0, 1))) // where protoc has the map's entries
        .hasMessageStartingWith("message indexes [0, 1]: the schema has shop.pay.Payment.Tag");
    assertThatThrownBy(() -> schema.message(List.of(1, 0)))
        .hasMessage("message indexes [1, 0]: the schema has no such message");
    assertThatThrownBy(schema::onlyMessage)
        .hasMessageContaining("has 2 messages: events.schema.message must name one of");
  }

  @Test
  void aDescriptorSetGivesTheSameMessages() {
    Descriptor payment = text(PAYMENT).message("Payment");
    byte[] set =
        FileDescriptorSet.newBuilder()
            .addFile(TimestampProto.getDescriptor().toProto())
            .addFile(payment.findFieldByName("card").getMessageType().getFile().toProto())
            .addFile(payment.getFile().toProto())
            .build()
            .toByteArray();

    ProtobufSchema schema = ProtobufSchema.ofFile(set);

    assertThat(schema.message(List.of(0)).toProto()).isEqualTo(payment.toProto());
    assertThat(schema.message("shop.Card").getName()).isEqualTo("Card");
    byte[] text = "\nsyntax = 'proto3'; message A {}".getBytes(StandardCharsets.UTF_8);
    assertThat(ProtobufSchema.ofFile(text).onlyMessage().getName()).isEqualTo("A");
    assertThatThrownBy(() -> ProtobufSchema.ofFile(new byte[] {1, 2, 3}))
        .hasMessageStartingWith("not .proto text");
    assertThatThrownBy(() -> ProtobufSchema.ofFile(new byte[0]).onlyMessage())
        .hasMessage("the schema has no message");
  }

  @Test
  void textThatIsNoSchemaIsRefusedWithItsTrouble() {
    assertThatThrownBy(() -> text("{\"type\": \"record\"}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("not .proto text: Syntax error in schema.proto:1:1");
    assertThatThrownBy(() -> text("message A { optional Kind c = 1; } enum Kind { }"))
        .hasMessageContaining("the schema does not fit together");
    assertThatThrownBy(() -> text("message A { ".repeat(100_000)))
        .hasMessage("not .proto text: nested more than 100 levels deep");
    assertThatThrownBy(() -> text("syntax = 'proto3'; message A { int32 a = 1; int32 b = 1; }"))
        .hasMessageContaining("the schema does not fit together");
    assertThatThrownBy(
            () ->
                ProtobufSchema.ofText(
                    "import 'a'; message M {}", name -> Optional.of("import 'a';")))
        .hasMessage("files import each other in a circle: schema.proto, a");
  }

  @Test
  void aDamagedSchemaIsRefusedAndNothingElse() {
    Random random = new Random(3);
    String pieces = "{}[]();=<>,.\"'/*-+09aZ_ \n\u00e9messagenumoptionalrepeatedoneofmap";
    byte[] set =
        FileDescriptorSet.newBuilder()
            .addFile(text(PAYMENT).message("Payment").getFile().toProto())
            .build()
            .toByteArray();
    int refused = 0;
    for (int i = 0; i < 5_000; i++) {
      StringBuilder damaged = new StringBuilder(PAYMENT);
      byte[] bytes = set.clone();
      for (int m = random.nextInt(4); m >= 0; m--) {
        int at = random.nextInt(damaged.length() - 10);
        int from = random.nextInt(pieces.length() - 8);
        damaged.replace(
            at, at + random.nextInt(9), pieces.substring(from, from + random.nextInt(8)));
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      refused +=
          refused(() -> text(damaged.toString())) + refused(() -> ProtobufSchema.ofFile(bytes));
    }
    assertThat(refused).isBetween(1_000, 9_999);
  }

  private static int refused(Runnable reading) {
    try {
      reading.run();
      return 0;
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotBlank();
      return 1;
    }
  }

  private static ProtobufSchema text(String text) {
    return ProtobufSchema.ofText(text, name -> Optional.ofNullable(IMPORTS.get(name)));
  }

  private static FieldDescriptor field(Descriptor message, String name) {
    return java.util.Objects.requireNonNull(message.findFieldByName(name), name);
  }
}
