package dev.counterweight.joiner;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.EventRejectedException.Reason;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SideRecordTest {
  private static final byte[] KEY = "key".getBytes(UTF_8);
  private static final byte[] JOIN_KEY = "joined on".getBytes(UTF_8);
  private static final byte[] VALUE = {1, 2, 3};

  @Test
  void anEventIsFoundAgainWhateverItsKeyIs() {
    for (byte @Nullable [] key : new byte @Nullable [][] {KEY, null, {}}) {
      RecordHeaders headers = new RecordHeaders();
      headers.add("größe", new byte[300]);
      headers.add("none", null);
      HeldBody body = new HeldBody(key, false, headers, VALUE);

      SideRecord read = SideRecord.of(SideRecord.event(7, JOIN_KEY, body));

      assertThat(read.kind()).isEqualTo(SideRecord.EVENT);
      assertThat(read.timeMs()).isEqualTo(7);
      assertThat(read.joinKey(key)).isEqualTo(JOIN_KEY);
      HeldBody found = HeldBody.of(read.body(), JOIN_KEY);
      assertThat(found.key()).isEqualTo(key);
      assertThat(found.value()).isEqualTo(VALUE);
      assertThat(found.headers()).isEqualTo(headers);
    }
  }

  @Test
  void aKeyThatIsJoinedOnIsHeldOnce() {
    HeldBody joined = new HeldBody(KEY, true, new RecordHeaders(), VALUE);
    byte[] event = SideRecord.event(7, null, joined);
    SideRecord read = SideRecord.of(event);

    assertThat(new String(event, UTF_8)).doesNotContain("key");
    assertThat(read.joinKey(KEY)).isEqualTo(KEY);
    assertThat(HeldBody.of(read.body(), KEY).key()).isEqualTo(KEY);
  }

  @Test
  void anEventThatIsHeldUnderAnotherTimeKeepsItsOwn() {
    byte[] body =
        SideRecord.of(
                SideRecord.event(7, null, new HeldBody(KEY, true, new RecordHeaders(), VALUE)))
            .body();

    byte[] timed = HeldBody.timed(body, 99);

    assertThat(HeldBody.timeMs(body, 7)).isEqualTo(7);
    assertThat(HeldBody.timeMs(timed, 7)).isEqualTo(99);
    assertThat(HeldBody.of(timed, KEY).value()).isEqualTo(VALUE);
  }

  @Test
  void aRefusedRecordKeepsItsReasonAndItsBytes() {
    byte[] refused =
        SideRecord.refused(
            new EventRejectedException(Reason.BAD_TIME, "time 'x' is none"), 5, 900, VALUE);

    SideRecord.Refused read = SideRecord.of(refused).refused();

    assertThat(read.rejected().reason()).isEqualTo(Reason.BAD_TIME);
    assertThat(read.rejected()).hasMessage("time 'x' is none");
    assertThat(read.keyBytes()).isEqualTo(5);
    assertThat(read.valueBytes()).isEqualTo(900);
    assertThat(read.keptValue()).isEqualTo(VALUE);
    assertThat(SideRecord.of(refused).ownTimeMs()).isEqualTo(SideRecord.OF_RECORD);
  }

  @Test
  void aLabelIsItsClassItsTimeAndItsKey() {
    SideRecord read = SideRecord.of(SideRecord.label(9, 2, JOIN_KEY, VALUE));

    assertThat(read.kind()).isEqualTo(SideRecord.LABEL);
    assertThat(read.label()).isEqualTo(2);
    assertThat(read.timeMs()).isEqualTo(9);
    assertThat(read.joinKey(null)).isEqualTo(JOIN_KEY);
  }
}
