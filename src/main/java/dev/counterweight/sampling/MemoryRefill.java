package dev.counterweight.sampling;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.event.EventHead;
import dev.counterweight.event.Schema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Brings a memory up to what every instance drew, from the tail of the batch log, newest record
 * first. An event's first draw tells how new it is; an event known from replays alone was first
 * drawn before the tail, hence is older than every event whose first draw is there.
 *
 * <p>An event whose correction was drawn too is left out. One whose correction was drawn by nobody
 * comes back, until newer ones take its place.
 *
 * <p>The time it takes is linear in the rows read and the events held; it holds at most twice what
 * a memory does. Not thread-safe.
 */
public final class MemoryRefill {

  /** Which event. */
  private record Id(int partition, long offset) {}

  /** What is remembered of it. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Row(float[] features, int replaces) {}

  private final List<Map<Id, Row>> drawn; // of each class, newest first
  private final List<Map<Id, Row>> replayed;
  private final Superseded superseded;
  private final Map<Integer, Long> reached = new HashMap<>();
  private final Schema schema;
  private final int featureCount;
  private final int capacity;

  public MemoryRefill(Schema schema, int capacity) {
    this.schema = schema;
    this.drawn = maps(schema.classes().size());
    this.replayed = maps(schema.classes().size());
    this.featureCount = schema.layout().columnCount();
    this.capacity = capacity;
    this.superseded = new Superseded(featureCount, capacity);
  }

  /**
   * Takes in the draws of the record before those taken in; one of another schema is passed over.
   *
   * @return whether an older record could change anything
   */
  public boolean accept(MiniBatch batch) {
    MiniBatch.Draws draws = batch.draws();
    if (batch.differenceTo(schema).isPresent()) {
      return true;
    }
    batch.origin().spans().forEach((partition, span) -> reached.putIfAbsent(partition, span.to()));
    superseded.accept(draws);
    for (int row = draws.rows() - 1; row >= 0; row--) {
      Map<Id, Row> target =
          (draws.fresh()[row] != 0 ? drawn : replayed).get((int) draws.labels()[row]);
      if (target.size() < capacity) {
        Id id = new Id(draws.sourcePartition()[row], draws.sourceOffset()[row]);
        if (!target.containsKey(id) && !superseded.holds(draws, row)) {
          target.put(id, row(draws, row));
        }
      }
    }
    return drawn.stream().anyMatch(events -> events.size() < capacity);
  }

  private Row row(MiniBatch.Draws draws, int row) {
    int at = row * featureCount;
    int[] replaces = draws.replaces();
    return new Row(
        Arrays.copyOfRange(draws.features(), at, at + featureCount),
        replaces == null ? EventHead.NEW : replaces[row]);
  }

  /**
   * Adds what was read to what a memory holds, the newest M of each class. Of its own events those
   * beyond the spans read are newer than any record, and the others, where no first draw was read,
   * older.
   */
  public void into(ReplayBuffer memory) {
    for (int label = 0; label < drawn.size(); label++) {
      Map<Id, Row> own = held(memory, label);
      Map<Id, Row> newestFirst = new LinkedHashMap<>();
      own.forEach(
          (id, row) -> {
            if (id.offset() >= reached.getOrDefault(id.partition(), Long.MAX_VALUE)) {
              keep(newestFirst, id, row);
            }
          });
      for (Map<Id, Row> older : List.of(drawn.get(label), own, replayed.get(label))) {
        older.forEach((id, row) -> keep(newestFirst, id, row));
      }
      memory.clear(label);
      List<Map.Entry<Id, Row>> events = new ArrayList<>(newestFirst.entrySet());
      for (int i = events.size() - 1; i >= 0; i--) {
        Id id = events.get(i).getKey();
        Row row = events.get(i).getValue();
        memory.add(label, id.partition(), id.offset(), row.features(), 0, row.replaces());
      }
    }
  }

  private void keep(Map<Id, Row> kept, Id id, Row row) {
    if (kept.size() < capacity) {
      kept.putIfAbsent(id, row);
    }
  }

  private Map<Id, Row> held(ReplayBuffer memory, int label) {
    Map<Id, Row> held = new LinkedHashMap<>();
    for (int age = memory.size(label) - 1; age >= 0; age--) {
      int slot = memory.slot(label, age);
      int at = slot * featureCount;
      held.put(
          new Id(memory.partition(label, slot), memory.offset(label, slot)),
          new Row(
              Arrays.copyOfRange(memory.features(label), at, at + featureCount),
              memory.replaces(label, slot)));
    }
    return held;
  }

  private static List<Map<Id, Row>> maps(int count) {
    return IntStream.range(0, count).<Map<Id, Row>>mapToObj(c -> new LinkedHashMap<>()).toList();
  }
}
