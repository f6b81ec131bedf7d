package dev.counterweight.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.event.EventTimeUnit;
import java.util.List;
import org.junit.jupiter.api.Test;

class FormTest {

  @Test
  void theRuleInWordsIsTheRuleThatIsReadBy() {
    Form<Double> share = Form.aboveAndAtMost(0, 1);

    assertThat(share).hasToString("above 0 and at most 1");
    assertThat(share.read(0.5)).contains(0.5);
    assertThat(share.read(0d)).isEmpty();
    assertThat(Form.below(0, 1).read(1d)).isEmpty();
    assertThat(Form.range(0, 1).read(Double.NaN)).isEmpty();
  }

  @Test
  void numbersAreWrittenAsThoseOfEventsAre() {
    assertThat(Form.atLeast(0).accepts("1e-3")).isTrue();
    assertThat(Form.atLeast(0).accepts("1f")).isFalse();
    assertThat(Form.whole(1, 9).accepts("0x3")).isFalse();
    assertThat(Form.whole(1, 9).accepts("99999999999")).isFalse();
    assertThat(Form.whole(1, 9).expected("x"))
        .isEqualTo("a whole number, at least 1 and at most 9");
    assertThat(Form.whole(1, 9).expected("10")).isEqualTo("at least 1 and at most 9");
  }

  @Test
  void constantsAreWrittenInLowerCaseWithHyphens() {
    assertThat(Form.oneOf(EventTimeUnit.class)).hasToString("one of s, ms, us, ns, iso");
    assertThat(Form.oneOf(EventTimeUnit.class).read("us")).contains(EventTimeUnit.US);
    assertThat(Form.oneOf(EventTimeUnit.class).read("US")).isEmpty();
  }

  @Test
  void amountsHaveUnitsAndLimits() {
    assertThat(Amount.DURATION.atLeast(10).read("1.5 s")).contains(1_500L);
    assertThat(Amount.DURATION.atLeast(10).read("1ms")).isEmpty();
    assertThat(Amount.DURATION.atLeast(0).read("none")).isEmpty();
    assertThat(Amount.SIZE.orNone(1, 1 << 20).read("none")).contains(0L);
    assertThat(Amount.SIZE.orNone(1, 1 << 20).read("2 MiB")).isEmpty();
  }

  @Test
  void weightsAreNotAllZero() {
    assertThat(Form.weights().read(List.of("0", "2"))).contains(List.of(0.0, 2.0));
    assertThat(Form.weights().read(List.of("0", "0"))).isEmpty();
    assertThat(Form.weights().read(List.of("1", "-1"))).isEmpty();
  }

  @Test
  void factorsAreNumbersOrFractionsThatRise() {
    assertThat(Form.factors(3).read("1/4, 1,3.5")).contains(List.of(0.25, 1.0, 3.5));
    assertThat(Form.factors(3).read("1,1")).isEmpty();
    assertThat(Form.factors(3).read("1,2,3,4")).isEmpty();
  }
}
