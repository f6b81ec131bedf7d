package dev.counterweight.sampling;

import dev.counterweight.batch.MiniBatch;
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
 * <p>The time it takes is linear in the rows read and the events held; it holds at most twice what
 * a memory does. Not thread-safe.
 */
public final class MemoryRefill {

  /** Which event. */
  private record Id(int partition, long offset) {}

  private final List<Map<Id, float[]>> drawn; // of each class, newest first
  private final List<Map<Id, float[]>> replayed;
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
    for (int row = draws.rows() - 1; row >= 0; row--) {
      Map<Id, float[]> target =
          (draws.fresh()[row] != 0 ? drawn : replayed).get((int) draws.labels()[row]);
      if (target.size() < capacity) {
        int at = row * featureCount;
        target.computeIfAbsent(
            new Id(draws.sourcePartition()[row], draws.sourceOffset()[row]),
            id -> Arrays.copyOfRange(draws.features(), at, at + featureCount));
      }
    }
    return drawn.stream().anyMatch(events -> events.size() < capacity);
  }

  /**
   * Adds what was read to what a memory holds, the newest M of each class. Of its own events those
   * beyond the spans read are newer than any record, and the others, where no first draw was read,
   * older.
   */
  public void into(ReplayBuffer memory) {
    for (int label = 0; label < drawn.size(); label++) {
      Map<Id, float[]> own = held(memory, label);
      Map<Id, float[]> newestFirst = new LinkedHashMap<>();
      own.forEach(
          (id, features) -> {
            if (id.offset() >= reached.getOrDefault(id.partition(), Long.MAX_VALUE)) {
              keep(newestFirst, id, features);
            }
          });
      for (Map<Id, float[]> older : List.of(drawn.get(label), own, replayed.get(label))) {
        older.forEach((id, features) -> keep(newestFirst, id, features));
      }
      memory.clear(label);
      List<Map.Entry<Id, float[]>> events = new ArrayList<>(newestFirst.entrySet());
      for (int i = events.size() - 1; i >= 0; i--) {
        Id id = events.get(i).getKey();
        memory.add(label, id.partition(), id.offset(), events.get(i).getValue(), 0);
      }
    }
  }

  private void keep(Map<Id, float[]> kept, Id id, float[] features) {
    if (kept.size() < capacity) {
      kept.putIfAbsent(id, features);
    }
  }

  private Map<Id, float[]> held(ReplayBuffer memory, int label) {
    Map<Id, float[]> held = new LinkedHashMap<>();
    for (int age = memory.size(label) - 1; age >= 0; age--) {
      int slot = memory.slot(label, age);
      int at = slot * featureCount;
      held.put(
          new Id(memory.partition(label, slot), memory.offset(label, slot)),
          Arrays.copyOfRange(memory.features(label), at, at + featureCount));
    }
    return held;
  }

  private static List<Map<Id, float[]>> maps(int count) {
    return IntStream.range(0, count)
        .<Map<Id, float[]>>mapToObj(c -> new LinkedHashMap<>())
        .toList();
  }
}
