package dev.counterweight.profile;

import static dev.counterweight.profile.Samples.inferred;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.event.RawEvent;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class LabelSearchTest {
  @Test
  void aNameSaysIt() {
    Label.Known label = known(i -> "{'kind':'k%d','isFraud':%b}".formatted(i % 3, i % 50 == 0));

    assertThat(label.path()).isEqualTo("isFraud");
    assertThat(label.classes())
        .extracting(ClassValue::names)
        .containsExactly(List.of("false"), List.of("true"));
    assertThat(label.classes()).extracting(ClassValue::events).containsExactly(392L, 8L);
  }

  @Test
  void theOnlyFieldOfFewValuesIsIt() {
    Label.Known label = known(i -> "{'a':%d.5,'state':'s%d'}".formatted(i, i % 2));

    assertThat(label.path()).isEqualTo("state");
    assertThat(label.why()).contains("only field of few values");
  }

  @Test
  void whereNoNameSaysItItIsNotGuessed() {
    Label label = inferred(i -> "{'a':'x%d','b':'y%d'}".formatted(i % 2, i % 3)).label();

    assertThat(label).isInstanceOf(Label.Unknown.class);
    assertThat(((Label.Unknown) label).candidates())
        .extracting(Label.Known::path)
        .containsExactly("a", "b");
  }

  @Test
  void twoNamesOfALabelAreNotGuessed() {
    Label label = inferred(i -> "{'label':'x%d','class':'y%d'}".formatted(i % 2, i % 3)).label();

    assertThat(label).isInstanceOf(Label.Unknown.class);
    assertThat(((Label.Unknown) label).why()).contains("several fields have the name of a label");
  }

  /** Its class would be what stands in the environment of whoever reads the file. */
  @Test
  void aLabelThatReadsAsAReferenceIsNoClass() {
    Label.Known label =
        known(
            i ->
                "{'a':%d.5,'label':'%s'}"
                    .formatted(i, i % 9 == 0 ? "${env:HOME}" : i % 2 == 0 ? "ok" : "fraud"));

    assertThat(label.classes())
        .extracting(ClassValue::names)
        .containsExactlyInAnyOrder(List.of("ok"), List.of("fraud"));
  }

  @Test
  void whatIsGivenDecides() {
    List<RawEvent> values = Samples.of(i -> "{'label':'x%d','b':%d}".formatted(i % 2, i % 60));

    assertThat(inferred(values, "b").label()).isInstanceOf(Label.Known.class);
    assertThat(((Label.Unknown) inferred(values, "lable").label()).why())
        .contains("no field 'lable': did you mean 'label'?");
  }

  @Test
  void aFieldOfTooManyValuesIsNoLabel() {
    List<RawEvent> values = Samples.of(i -> "{'label':'x%d','b':[1]}".formatted(i % 2));

    assertThat(((Label.Unknown) inferred(values, "b").label()).why()).contains("'b' is no label");
  }

  @Test
  void writingsOfOneClassAreItsSynonymsTheMostFrequentFirst() {
    IntFunction<String> value =
        i ->
            i % 40 == 0
                ? "true"
                : i % 40 == 1 ? "1" : i % 40 == 2 ? "'TRUE'" : i % 3 == 0 ? "0" : "'false'";

    Label.Known label = known(i -> "{'a':%d,'label':%s}".formatted(i, value.apply(i)));

    assertThat(label.classes())
        .extracting(ClassValue::names)
        .containsExactly(List.of("false", "0"), List.of("true", "1", "TRUE"));
  }

  @Test
  void yesAndOneAreNotTakenForEachOtherWhereOtherWordsStandToo() {
    Label.Known label =
        known(i -> "{'a':%d,'label':'%s'}".formatted(i, List.of("yes", "1", "maybe").get(i % 3)));

    assertThat(label.classes()).hasSize(3);
  }

  @Test
  void eventsWithoutALabelAreCounted() {
    Label.Known label =
        known(
            i ->
                i % 4 == 0
                    ? "{'a':%d}".formatted(i)
                    : "{'a':%d,'label':'x%d'}".formatted(i, i % 2));

    assertThat(label.missing()).isEqualTo(0.25);
  }

  private static Label.Known known(IntFunction<String> event) {
    Label label = inferred(event).label();
    assertThat(label).isInstanceOf(Label.Known.class);
    return (Label.Known) label;
  }
}
