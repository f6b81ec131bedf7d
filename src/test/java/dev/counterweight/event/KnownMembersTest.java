package dev.counterweight.event;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Members are passed over where they are named as before and are numbers. */
class KnownMembersTest {
  private static final String REST = "\"the last\":\"that is never passed over\"}";

  private final KnownMembers known = new KnownMembers();

  /** Notes a member with a number, and begins the next object. */
  private void note(String name) {
    known.begin();
    String member = name + "1," + REST;
    known.note(member.getBytes(US_ASCII), 0, name.length());
    known.begin();
  }

  private int pass(String members) {
    return known.pass(members.getBytes(US_ASCII), 0);
  }

  @Property
  void plainNumbersArePassedOver(
      @ForAll @IntRange(min = -9_999_999, max = 9_999_999) int whole,
      @ForAll @IntRange(max = 4) int point) {
    String digits = "" + Math.abs(whole);
    String number =
        (whole < 0 ? "-" : "")
            + (point == 0 || point >= digits.length()
                ? digits
                : digits.substring(0, point) + "." + digits.substring(point));
    note("\"amount\":");
    String member = "\"amount\":" + number + ",";
    assertThat(pass(member + REST)).isEqualTo(member.length());
  }

  @Property(tries = 20_000)
  void whatIsPassedOverIsANumber(@ForAll("texts") String text) {
    note("\"a\":");
    String all = "\"a\":" + text + REST;
    int at = pass(all);
    if (at > 0) {
      assertThat(PlainNumber.skip(all.getBytes(US_ASCII), 4)).isEqualTo(at - 1);
      assertThat(all.charAt(at - 1)).isEqualTo(',');
    }
  }

  @Provide
  static Arbitrary<String> texts() {
    Arbitrary<String> any =
        Arbitraries.strings().withChars("0012345678909....--eE+, }:/\"").ofMaxLength(12);
    Arbitrary<String> digits = Arbitraries.strings().withChars("01239").ofMaxLength(30);
    return Arbitraries.oneOf(any, digits.map(text -> text + ","), digits.map(text -> "-0." + text))
        .flatMap(text -> any.map(end -> text + end));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"a\":", " \"a\" : ", "\"a name of 28 characters: \":", "\"12345\":"})
  void spacesAndNamesAreKnownAsTheyStand(String name) {
    note(name);
    assertThat(pass(name + "-0.5," + REST)).isEqualTo(name.length() + 5);
    for (int i = 0; i < name.length(); i++) {
      String other = name.substring(0, i) + (char) (name.charAt(i) ^ 1) + name.substring(i + 1);
      known.begin();
      assertThat(pass(other + "-0.5," + REST)).as(other).isZero();
    }
  }

  @Test
  void longNamesAreNotKnown() {
    String name = "\"" + "n".repeat(40) + "\":";
    note(name);
    assertThat(pass(name + "1," + REST)).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {63, 64, 65})
  void lengthIsBounded(int length) {
    note("\"a\":");
    assertThat(pass("\"a\":" + "1".repeat(length) + "," + REST))
        .isEqualTo(length <= 64 ? 5 + length : 0);
  }

  @Test
  void membersAreKnownByTheirPlaces() {
    known.begin();
    known.note(("\"a\":1," + REST).getBytes(US_ASCII), 0, 4);
    known.other();
    known.note(("\"c\":1," + REST).getBytes(US_ASCII), 0, 4);
    known.begin();
    assertThat(pass("\"a\":1,\"c\":1," + REST)).isEqualTo(6);
    known.other();
    assertThat(pass("\"c\":1,\"a\":1," + REST)).isEqualTo(6);
  }

  @Test
  void whatIsNotToBePassedOverIsKnownNoMore() {
    note("\"a\":");
    known.other();
    known.begin();
    assertThat(pass("\"a\":1," + REST)).isZero();
  }

  @Property
  void nothingIsReadBehindTheEnd(@ForAll @IntRange(max = 60) int length) {
    note("\"a\":");
    String all = ("\"a\":-12.25," + REST).substring(0, length % 45);
    assertThat(pass(all)).isIn(0, 11);
  }

  @Test
  void ofTooManyMembersTheFirstAreKnown() {
    known.begin();
    for (int i = 0; i < 1_000; i++) {
      known.note(("\"a\":1," + REST).getBytes(US_ASCII), 0, 4);
    }
    known.begin();
    assertThat(pass("\"a\":1,".repeat(1_000) + REST)).isEqualTo(128 * 6);
  }
}
