package dev.counterweight.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SchemaTest {
  private static final Schema SCHEMA =
      Schema.ofNumbers(List.of("f", "ä \"g\\"), "y", List.of("no", "yes"));

  @Test
  void itsTextAndHashAreTheSameInEveryRelease() {
    assertThat(SCHEMA.text())
        .isEqualTo(
            "{\"features\":[\"f\",\"ä \\\"g\\\\\"],\"kinds\":[\"number\",\"number\"],"
                + "\"label\":\"y\",\"classes\":[\"no\",\"yes\"]}");
    // printf %s TEXT | sha256sum
    assertThat(SCHEMA.hash()).isEqualTo("c5f23a5353a5f5cb");
  }

  @Test
  void itComesBackFromItsText() {
    assertThat(Schema.parse(SCHEMA.text(), SCHEMA.hash())).isEqualTo(SCHEMA);
  }

  @Test
  void everyOrderAndNameHasAHashOfItsOwn() {
    assertThat(
            List.of(
                    SCHEMA,
                    Schema.ofNumbers(List.of("ä \"g\\", "f"), "y", List.of("no", "yes")),
                    Schema.ofNumbers(List.of("f"), "y", List.of("no", "yes")),
                    Schema.ofNumbers(List.of("f", "ä \"g\\"), "y", List.of("yes", "no")),
                    Schema.ofNumbers(List.of("f", "ä \"g\\"), "z", List.of("no", "yes")),
                    new Schema(
                        SCHEMA.features(), List.of("number", "category"), "y", SCHEMA.classes()))
                .stream()
                .map(Schema::hash))
        .doesNotHaveDuplicates();
  }

  @Test
  void theBytesItTakesInAHeaderAreBounded() {
    String quoted = new com.fasterxml.jackson.databind.node.TextNode(SCHEMA.text()).toString();

    assertThat(SCHEMA.quotedBytes() + 2)
        .isEqualTo(quoted.getBytes(java.nio.charset.StandardCharsets.UTF_8).length);
  }

  @Test
  void whatIsNoSchemaOrOfAnotherHashIsRefused() {
    assertThatThrownBy(() -> Schema.parse("{", "0")).hasMessageContaining("not JSON");
    assertThatThrownBy(() -> Schema.parse("{\"features\":[]}", "0")).hasMessageContaining("label");
    assertThatThrownBy(
            () -> Schema.parse("{\"features\":[1],\"kinds\":[],\"label\":\"y\"}", SCHEMA.hash()))
        .hasMessageContaining("'features' is not a list of names");
    assertThatThrownBy(() -> Schema.parse(SCHEMA.text(), "0123456789abcdef"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0123456789abcdef")
        .hasMessageContaining(SCHEMA.hash());
  }
}
