package dev.counterweight.joining;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.protocol.InvariantException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class RowFormatTest {
  private static final byte[] AT = RowKeys.ofKey(new byte[] {1});

  private static KeyRow row(SplittableRandom random) {
    KeyRow row = new KeyRow(AT, 0);
    row.dueMs = random.nextBoolean() ? KeyRow.NEVER : random.nextLong(1L << 50);
    row.waitingApart = random.nextBoolean();
    row.writtenApart = random.nextBoolean();
    int labels = random.nextInt(JoinRules.MOST_LABELS + 1);
    for (int i = 0; i < labels; i++) {
      row.labels.add(random.nextInt(5), random.nextLong(1000) - 500, (byte) random.nextInt(3));
    }
    if (random.nextBoolean()) {
      byte[] body = new byte[random.nextInt(20)];
      random.nextBytes(body);
      row.event = new KeptEvent(new HeldEvent(new Origin(3, 1L << 40), -7, body));
      if (random.nextBoolean()) {
        row.event.label = random.nextInt(4);
        row.event.labelMs = random.nextLong();
        row.event.missing = random.nextBoolean();
        row.event.bodiless = random.nextBoolean();
      }
    }
    return row;
  }

  @Property
  void aRowIsReadAsItWasWritten(@ForAll long seed) {
    KeyRow row = row(new SplittableRandom(seed));
    byte[] bytes = RowFormat.encode(row);
    KeyRow read = RowFormat.decode(AT, 0, bytes);
    assertThat(RowFormat.encode(read)).isEqualTo(bytes);
    assertThat(read.dueMs).isEqualTo(row.dueMs);
    assertThat(read.labels.count()).isEqualTo(row.labels.count());
  }

  @Property
  void brokenBytesAreARowOrAreRefused(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] bytes = RowFormat.encode(row(random));
    for (int i = 0; i < 1 + random.nextInt(4); i++) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    byte[] cut = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
    try {
      RowFormat.decode(AT, 0, cut);
    } catch (InvariantException e) {
      assertThat(e).hasMessageContaining("row of the joiner's store");
    }
  }

  @Test
  void whatIsNoRowIsRefused() {
    KeyRow row = new KeyRow(AT, 0);
    row.labels.add(1, 5, KeptLabels.OPEN);
    byte[] bytes = RowFormat.encode(row);
    for (int cut = 0; cut < bytes.length; cut++) {
      byte[] broken = Arrays.copyOf(bytes, cut);
      assertThatThrownBy(() -> RowFormat.decode(AT, 0, broken))
          .isInstanceOf(InvariantException.class);
    }
    assertThatThrownBy(() -> RowFormat.decode(AT, 0, Arrays.copyOf(bytes, bytes.length + 1)))
        .isInstanceOf(InvariantException.class);
    bytes[0]++;
    assertThatThrownBy(() -> RowFormat.decode(AT, 0, bytes))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("version 1");
    assertThatThrownBy(() -> RowFormat.decodeBody(null)).isInstanceOf(InvariantException.class);
  }

  @Test
  void whatNoJoinerWritesIsRefusedByWhatIsWrongWithIt() {
    KeyRow row = new KeyRow(AT, 0);
    row.labels.add(1, 5, KeptLabels.OPEN);
    byte[] bytes = RowFormat.encode(row);
    int flags = 1;
    int labels = 2 + Long.BYTES;
    int label = labels + 1;
    int fate = label + Integer.BYTES + Long.BYTES;
    refused(with(bytes, flags, 64), "flags of at most 63", "64");
    refused(with(bytes, labels, -1), "0 to 64 labels", "-1");
    refused(with(bytes, labels, 65), "0 to 64 labels", "65");
    refused(with(bytes, label, -1), "a label's class and fate", "-16777215, 0");
    refused(with(bytes, fate, 3), "a label's class and fate", "1, 3");
    refused(with(bytes, fate, -1), "a label's class and fate", "1, -1");
  }

  private static byte[] with(byte[] bytes, int at, int value) {
    byte[] changed = bytes.clone();
    changed[at] = (byte) value;
    return changed;
  }

  private static void refused(byte[] row, String expected, String found) {
    assertThatThrownBy(() -> RowFormat.decode(AT, 0, row))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("expected %s, found %s;", expected, found);
  }

  @Test
  void anEventThatWasWrittenIsOfOneLengthAndHasAClass() {
    byte[] key = RowKeys.ofEvent(RowKeys.ofKey(new byte[] {1}), RowKeys.WAITING, 5, 0, 0);
    byte[] noClass = {1, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    assertThatThrownBy(() -> RowFormat.decodeWritten(new Rows.Row(key, noClass)))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("a class of 0 or more");
    assertThatThrownBy(() -> RowFormat.decodeWritten(new Rows.Row(key, Arrays.copyOf(noClass, 15))))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("expected 14 bytes of an event that was written, found 15");
  }

  @Test
  void rowsOfAKeyAreInTheOrderOfTime() {
    byte[] key = RowKeys.ofKey("some key".getBytes(StandardCharsets.UTF_8));
    byte[] early = RowKeys.ofEvent(key, RowKeys.WAITING, -5, 7, 9);
    byte[] late = RowKeys.ofEvent(key, RowKeys.WAITING, 5, 0, 0);
    assertThat(Arrays.compareUnsigned(early, late)).isNegative();
    assertThat(RowKeys.timeMs(early)).isEqualTo(-5);
    assertThat(RowKeys.origin(early)).isEqualTo(new Origin(7, 9));
  }
}
