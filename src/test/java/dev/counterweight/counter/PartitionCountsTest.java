package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.InvariantException;
import dev.counterweight.weights.DecayedCounts;
import dev.counterweight.weights.HalfLife;
import dev.counterweight.weights.HalfLife.Unit;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serde;
import org.junit.jupiter.api.Test;

class PartitionCountsTest {
  private static final Serde<PartitionCounts> SERDE = PartitionCounts.serde();

  @Test
  void aRowComesBackAsItWasAndGoesOnFading() {
    DecayedCounts counts = new DecayedCounts(new HalfLife(Unit.MILLISECONDS, 1_000), 2);
    counts.add(0, 2, 10_000);
    counts.add(1, 1, 12_000);

    PartitionCounts back = roundTrip(new PartitionCounts(7, 3, counts));

    assertThat(back.next()).isEqualTo(7);
    assertThat(back.from()).isEqualTo(3);
    assertThat(back.counts().asOfMs()).isEqualTo(12_000);
    assertThat(back.counts().halfLife()).isEqualTo(counts.halfLife());
    counts.add(0, 1, 13_000);
    back.counts().add(0, 1, 13_000);
    assertThat(back.counts().at(14_000).weighted()).isEqualTo(counts.at(14_000).weighted());
    assertThat(back.counts().at(14_000).events()).containsExactly(2, 1);
  }

  @Test
  void aRowOfTheFormatBeforeHalfLivesIsRead() {
    ByteBuffer old = ByteBuffer.allocate(1 + 3 * 8 + 4 + 2 * 3 * 8).put((byte) 1);
    old.putLong(9).putLong(0).putLong(60_000).putInt(2);
    old.putLong(8).putDouble(8).putDouble(16).putLong(1).putDouble(1).putDouble(1);

    PartitionCounts row =
        SERDE
            .deserializer()
            .deserialize("t", old.array())
            .withHalfLife(new HalfLife(Unit.MILLISECONDS, 60_000));

    assertThat(row.next()).isEqualTo(9);
    assertThat(row.counts().at(60_000).weighted()).containsExactly(16, 1);
    assertThat(row.counts().at(120_000).weighted()).containsExactly(8, 0.5);
  }

  /** Nothing is cut for want of what such a row does not tell. */
  @Test
  void aRowOfTheFormatBeforePositiveCountsIsRead() {
    ByteBuffer old = ByteBuffer.allocate(1 + 3 * 8 + 1 + 8 + 8 + 4 + 2 * 3 * 8).put((byte) 2);
    old.putLong(1_009).putLong(0).putLong(60_000).put((byte) 1).putLong(60_000).putDouble(60_000);
    old.putInt(2);
    old.putLong(1_000).putDouble(1_000).putDouble(2).putLong(1).putDouble(1).putDouble(3);

    PartitionCounts row = SERDE.deserializer().deserialize("t", old.array());

    assertThat(row.counts().at(60_000).weighted()).containsExactly(2, 3);
    assertThat(row.counts().mostImportance(0)).isEqualTo(100);
    assertThat(row.counts().mostImportance(1)).isEqualTo(300);
    row.counts().add(0, 0, 60_000);
    PartitionCounts again = roundTrip(row);
    assertThat(again.counts().sums().positive()).containsExactly(2, 1);
  }

  @Test
  void aRowOfAnotherFormatOrLengthIsRefused() {
    byte[] bytes =
        SERDE.serializer().serialize("t", PartitionCounts.startingAt(0, HalfLife.NONE, 2));
    byte[] cut = java.util.Arrays.copyOf(bytes, bytes.length - 1);
    bytes[0] = 9;

    assertThatThrownBy(() -> SERDE.deserializer().deserialize("t", bytes))
        .isInstanceOf(SerializationException.class)
        .hasMessageContaining("another format");
    assertThatThrownBy(() -> SERDE.deserializer().deserialize("t", cut))
        .isInstanceOf(SerializationException.class);
  }

  @Test
  void aPositionNeverFalls() {
    PartitionCounts row = PartitionCounts.startingAt(7, HalfLife.NONE, 2).movedTo(9);

    assertThatThrownBy(() -> row.movedTo(8))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("never falls: expected at least 9, found 8");
  }

  @Test
  void moreEventsThanOffsetsAreNoRow() {
    DecayedCounts counts = new DecayedCounts(HalfLife.NONE, 2);
    counts.add(0, 1, 0);
    counts.add(1, 1, 0);

    assertThatThrownBy(() -> new PartitionCounts(8, 7, counts))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("from offset 7 to 8")
        .hasMessageContaining("expected at most 1, found 2");
  }

  @Test
  void aRowOfMoreClassesThanTheSchemasIsRefused() {
    PartitionCounts row = PartitionCounts.startingAt(7, HalfLife.NONE, 3);

    assertThat(row.of(5, 3)).isSameAs(row);
    assertThatThrownBy(() -> row.of(5, 2))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("partition 5: its counts are of 3 classes, and events.classes has 2");
  }

  @Test
  void aClassThatIsAddedIsCountedFromTheNextOffsetOn() {
    DecayedCounts counts = new DecayedCounts(new HalfLife(Unit.MILLISECONDS, 1_000), 2);
    counts.add(0, 2, 10_000);
    counts.add(1, 1, 12_000);

    PartitionCounts grown = new PartitionCounts(7, 3, counts).of(5, 3).movedTo(8);
    grown.counts().add(2, 1, 12_000);
    PartitionCounts again = roundTrip(grown).of(5, 4).movedTo(9);
    PartitionCounts back = roundTrip(again);

    assertThat(back.since()).containsExactly(0L, 0L, 7L, 8L);
    assertThat(back.counts().sums().events()).containsExactly(1, 1, 1, 0);
    assertThat(Arrays.copyOf(back.counts().at(12_000).weighted(), 2))
        .isEqualTo(counts.at(12_000).weighted());
    assertThat(back.counts().asOfMs()).isEqualTo(12_000);
    assertThat(back.of(5, 4)).isSameAs(back);
  }

  /** A release before reads it. */
  @Test
  void aRowToWhichNothingWasAddedIsOfTheFormatBefore() {
    PartitionCounts row = PartitionCounts.startingAt(0, HalfLife.NONE, 2).of(5, 3);

    byte[] bytes = SERDE.serializer().serialize("t", row);

    assertThat(bytes[0]).isEqualTo((byte) 3);
    assertThat(SERDE.serializer().serialize("t", row.movedTo(4).of(5, 4))[0]).isEqualTo((byte) 4);
  }

  @Test
  void aClassIsNotKnownSinceAnOffsetThatWasNotPassed() {
    assertThatThrownBy(
            () -> new PartitionCounts(7, 3, new DecayedCounts(HalfLife.NONE, 2), List.of(0L, 8L)))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("expected 0 to 7, found 8");
  }

  @Test
  void countsThatAreNoCountsAreNeitherWrittenNorRead() {
    DecayedCounts infinite = new DecayedCounts(HalfLife.NONE, 2);
    infinite.add(0, Double.MAX_VALUE, 0);
    infinite.add(0, Double.MAX_VALUE, 0);
    byte[] bytes =
        SERDE.serializer().serialize("t", PartitionCounts.startingAt(0, HalfLife.NONE, 2));
    ByteBuffer.wrap(bytes).putDouble(bytes.length - 24, -1);

    assertThatThrownBy(() -> roundTrip(new PartitionCounts(2, 0, infinite)))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("weighted are finite and not negative");
    assertThatThrownBy(() -> SERDE.deserializer().deserialize("t", bytes))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("n are finite and not negative");
  }

  private static PartitionCounts roundTrip(PartitionCounts row) {
    return SERDE.deserializer().deserialize("t", SERDE.serializer().serialize("t", row));
  }
}
