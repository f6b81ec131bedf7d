package dev.counterweight.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.joining.DueRows;
import dev.counterweight.joining.Rows;
import dev.counterweight.joining.SortedDues;
import dev.counterweight.joining.SortedRows;
import dev.counterweight.protocol.InvariantException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Rows, and what is due, are the same whatever of them is in memory and whatever is written. */
class PendingRowsTest {
  private KeyValueStore<Bytes, byte[]> store = Stores.inMemoryKeyValueStore("rows").get();
  private PendingRows pending = new PendingRows(store);

  /** The properties' values share this test. */
  private Random begin(long seed) {
    store = Stores.inMemoryKeyValueStore("rows").get();
    pending = new PendingRows(store);
    return new Random(seed);
  }

  private static byte[] key(int number) {
    return ("k" + number).getBytes(StandardCharsets.UTF_8);
  }

  private static Bytes bytes(int number) {
    return Bytes.wrap(key(number));
  }

  private static String shown(Rows.@Nullable Row row) {
    return row == null ? "none" : new String(row.key(), StandardCharsets.UTF_8) + row.value()[0];
  }

  private static List<String> shown(List<Rows.Row> rows) {
    return rows.stream().map(PendingRowsTest::shown).toList();
  }

  @Property(tries = 300)
  void rowsAreThoseOfAStoreThatHasThemAtOnce(@ForAll long seed) {
    Random random = begin(seed);
    SortedRows all = new SortedRows();
    for (int i = 0; i < 200; i++) {
      int number = 10 + random.nextInt(12);
      int to = number + random.nextInt(12);
      int most = 1 + random.nextInt(5);
      switch (random.nextInt(8)) {
        case 0, 1 -> {
          byte[] value = {(byte) i};
          pending.put(bytes(number), value);
          all.put(key(number), value);
        }
        case 2, 3 -> {
          pending.put(bytes(number), null);
          all.delete(key(number));
        }
        case 4 ->
            assertThat(shown(pending.range(bytes(number), bytes(to), most)))
                .isEqualTo(shown(all.range(key(number), key(to), most)));
        case 5 ->
            assertThat(shown(pending.last(bytes(number), bytes(to))))
                .isEqualTo(shown(all.last(key(number), key(to))));
        case 6 -> assertThat(pending.get(bytes(number))).isEqualTo(all.get(key(number)));
        default -> pending.write();
      }
    }
    pending.write();
    assertThat(stored()).isEqualTo(shown(all.range(key(0), key(99), 100)));
  }

  private List<String> stored() {
    List<String> stored = new ArrayList<>();
    try (KeyValueIterator<Bytes, byte[]> rows = store.all()) {
      while (rows.hasNext()) {
        KeyValue<Bytes, byte[]> row = rows.next();
        stored.add(shown(new Rows.Row(row.key.get(), row.value)));
      }
    }
    return stored;
  }

  @Test
  void whatComesAndGoesBetweenTwoCommitsIsNeverWritten() {
    assertThat(pending.get(bytes(1))).isNull();
    pending.put(bytes(1), new byte[] {1});
    pending.put(bytes(2), new byte[] {2});
    pending.put(bytes(1), null);
    assertThat(stored()).isEmpty();
    pending.write();
    assertThat(stored()).containsExactly("k22");
  }

  @Test
  void whatIsInMemoryIsBounded() {
    IntStream.range(0, 300).forEach(i -> pending.put(bytes(i), new byte[1 << 16]));
    assertThat(stored()).hasSizeGreaterThan(100);
    IntStream.range(0, 300).forEach(i -> assertThat(pending.get(bytes(i))).hasSize(1 << 16));
  }

  @Property(tries = 300)
  void whatIsDueIsThatOfAnIndexInMemory(@ForAll long seed) {
    Random random = begin(seed);
    DuePages pages = new DuePages((byte) 'd', pending, 0);
    SortedDues all = new SortedDues();
    for (int i = 0; i < 200; i++) {
      long dueMs = random.nextInt(8) - 3;
      switch (random.nextInt(8)) {
        case 0, 1, 2, 3 -> {
          byte[] key = new byte[1 + random.nextInt(3_000)];
          key[0] = (byte) i;
          pages.put(dueMs, key);
          all.put(dueMs, key);
        }
        case 4, 5 -> {
          int most = 1 + random.nextInt(9);
          long untilMs = dueMs + random.nextInt(4);
          List<DueRows.Due> found = pages.first(dueMs, untilMs, most);
          assertThat(times(found)).isEqualTo(times(all.first(dueMs, untilMs, most)));
          for (DueRows.Due due : found.subList(0, random.nextInt(found.size() + 1))) {
            due.done();
            done(all, due);
          }
        }
        case 6 -> pages.store();
        default -> {
          pages.store();
          pending.write();
          pages = new DuePages((byte) 'd', pending, pages.nextNumber());
        }
      }
      assertThat(keys(pages)).isEqualTo(keys(all));
    }
  }

  private static List<Long> times(List<DueRows.Due> found) {
    return found.stream().map(DueRows.Due::dueMs).toList();
  }

  private static List<String> keys(DueRows rows) {
    return rows.first(Long.MIN_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE).stream()
        .map(due -> due.dueMs() + ":" + due.keyRow()[0] + ":" + due.keyRow().length)
        .sorted()
        .toList();
  }

  private static void done(DueRows all, DueRows.Due gone) {
    all.first(gone.dueMs(), gone.dueMs(), Integer.MAX_VALUE).stream()
        .filter(due -> Arrays.equals(due.keyRow(), gone.keyRow()))
        .forEach(DueRows.Due::done);
  }

  @Test
  void whatIsAddedAndDoneBetweenTwoCommitsIsNeverWritten() {
    DuePages pages = new DuePages((byte) 'd', pending, 0);
    pages.put(5, key(1));
    pages.first(0, 9, 9).forEach(DueRows.Due::done);
    pages.store();
    pending.write();
    assertThat(stored()).isEmpty();
  }

  @Test
  void aPageThatEndsAmidAKeyIsNotRead() {
    byte[] page = ByteBuffer.allocate(17).put((byte) 'd').putLong(Long.MIN_VALUE + 5).array();
    store.put(Bytes.wrap(page), new byte[] {1, 7, 2, 7});
    DuePages pages = new DuePages((byte) 'd', pending, 1);
    assertThatThrownBy(() -> pages.first(0, 10, 5))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("a page of what is due: expected whole keys, found 4 bytes");
  }
}
