package dev.counterweight.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.event.FieldPath.Element;
import dev.counterweight.event.FieldPath.Member;
import java.util.List;
import org.junit.jupiter.api.Test;

class FieldPathTest {

  @Test
  void aNameWithoutADotHasOneReading() {
    assertThat(FieldPath.parse("amount").readings()).containsExactly(List.of(new Member("amount")));
  }

  @Test
  void theLongestLiteralNameComesFirst() {
    assertThat(FieldPath.parse("a.b.c").readings())
        .containsExactly(
            List.of(new Member("a.b.c")),
            List.of(new Member("a.b"), new Member("c")),
            List.of(new Member("a"), new Member("b.c")),
            List.of(new Member("a"), new Member("b"), new Member("c")));
  }

  @Test
  void anIndexReachesIntoAnArray() {
    assertThat(FieldPath.parse("items[0][2].price").readings())
        .contains(
            List.of(new Member("items[0][2].price")),
            List.of(new Member("items"), new Element(0), new Element(2), new Member("price")));
  }

  @Test
  void aPathOfManyDotsHasABoundedNumberOfReadings() {
    assertThat(FieldPath.parse("a.".repeat(200) + "a").readings()).hasSizeLessThanOrEqualTo(64);
  }

  @Test
  void theKeyAndHeadersAreReachedByTheirPrefix() {
    assertThat(FieldPath.parse("header:outcome").source()).isEqualTo(FieldPath.Source.HEADER);
    assertThat(FieldPath.parse("header:outcome").name()).isEqualTo("outcome");
    assertThat(FieldPath.parse("key:").name()).isEmpty();
    assertThat(FieldPath.parse("key:user.id").name()).isEqualTo("user.id");
    assertThatThrownBy(() -> FieldPath.parse("header:")).hasMessageContaining("no header");
  }
}
