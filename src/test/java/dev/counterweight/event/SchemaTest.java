package dev.counterweight.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
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
  void aDifferenceShowsBothWhereTheyAreShort() {
    Schema found = Schema.ofNumbers(List.of("g", "f"), "y", List.of("no", "yes"));
    Schema configured = Schema.ofNumbers(List.of("f", "g"), "z", List.of("no", "yes"));

    assertThat(configured.differenceOf(found))
        .hasValue(
            "events.features=g,f, events.label=y, events.classes=no,yes (schema %s); configured are"
                    .formatted(found.hash())
                + " events.features=f,g, events.label=z, events.classes=no,yes (schema %s)"
                    .formatted(configured.hash()));
    assertThat(configured.differenceOf(configured)).isEmpty();
  }

  @Test
  void aDifferenceOfLongSchemasShowsWhatDiffers() {
    List<String> names = IntStream.range(0, 300).mapToObj(i -> "feature" + i).toList();
    Schema found = Schema.ofNumbers(names, "y", List.of("no", "yes"));
    List<String> more = new ArrayList<>(names);
    more.remove(7);
    more.add("new");
    List<String> moved = new ArrayList<>(names);
    Collections.swap(moved, 3, 200);

    assertThat(Schema.ofNumbers(more, "y", List.of("no", "yes")).differenceOf(found).orElseThrow())
        .startsWith(
            "events.features has 300 names, configured are 300; not configured: feature7;"
                + " configured only: new; schema ")
        .hasSizeLessThan(200);
    assertThat(Schema.ofNumbers(moved, "y", List.of("yes", "no")).differenceOf(found).orElseThrow())
        .contains(
            "in another order: 4 is feature3, not feature200, 201 is feature200, not feature3")
        .contains("events.classes=no,yes; configured is events.classes=yes,no")
        .hasSizeLessThan(400);
  }

  @Test
  void whatWasWrittenBeforeClassesWereAddedAtTheEndIsRead() {
    Schema grown = classes("no", "yes", "maybe");

    assertThat(grown.reads(SCHEMA)).isTrue();
    assertThat(grown.reads(grown)).isTrue();
    assertThat(grown.grows(grown)).isFalse();
    assertThat(SCHEMA.reads(grown)).as("the other way round it is not").isFalse();
    assertThat(grown.differenceOf(SCHEMA).orElseThrow()).doesNotContain("no more:");
    assertThat(SCHEMA.differenceOf(grown).orElseThrow()).doesNotContain("no more:");
  }

  @Test
  void anyOtherChangeIsRefusedWithTheRule() {
    for (Schema changed :
        List.of(
            classes("no"),
            classes("yes", "no"),
            classes("no", "maybe", "yes"),
            classes("maybe", "no", "yes"),
            classes("no", "yes!"),
            classes("no", "yes!", "maybe"))) {
      assertThat(changed.reads(SCHEMA)).as(changed.text()).isFalse();
      boolean shorter = changed.classes().size() == 1;
      assertThat(
              changed.differenceOf(SCHEMA).orElseThrow().contains("at the end of events.classes"))
          .as(changed.text())
          .isEqualTo(!shorter);
    }
    for (Schema other :
        List.of(
            Schema.ofNumbers(SCHEMA.features(), "z", List.of("no", "yes", "maybe")),
            Schema.ofNumbers(List.of("f", "g"), "y", List.of("no", "yes", "maybe")),
            new Schema(
                SCHEMA.features(),
                List.of("number", "category"),
                "y",
                List.of("no", "yes", "maybe")))) {
      assertThat(other.reads(SCHEMA)).as(other.text()).isFalse();
    }
  }

  private static Schema classes(String... names) {
    return Schema.ofNumbers(SCHEMA.features(), "y", List.of(names));
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
