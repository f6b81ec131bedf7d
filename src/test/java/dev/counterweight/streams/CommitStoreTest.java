package dev.counterweight.streams;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.joining.DueRows;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommitStoreTest {
  private static final byte[] A = {'a'};
  private static final byte[] B = {'b'};

  @TempDir Path folder;

  private final KeyValueStore<Bytes, byte[]> inner = Stores.inMemoryKeyValueStore("inner").get();
  private final CommitStore store = new CommitStore(inner);

  private static List<String> due(CommitStore of) {
    return of.due('d').first(0, 100, 100).stream()
        .map(due -> due.dueMs() + new String(due.keyRow(), UTF_8))
        .toList();
  }

  @Test
  void allThatATaskKnowsIsWrittenAtACommitAndNotBefore() {
    store.beforeCommit(() -> store.rows().putProgress(1, B));
    store.due('d').put(7, A);
    store.rows().part('r').put(A, B);
    assertThat(inner.approximateNumEntries()).isZero();

    store.flushCache();

    CommitStore again = new CommitStore(inner);
    assertThat(again.rows().part('r').get(A)).isEqualTo(B);
    assertThat(again.rows().progress(1)).isEqualTo(B);
    assertThat(due(again)).containsExactly("7a");
  }

  /** A store restored too early has an older row, and its changelog the newer one. */
  @Test
  void progressThatIsAsItWasTakesNoNewerOnesPlace() {
    store.rows().putProgress(1, A);
    store.flushCache();
    Bytes key = inner.all().next().key;
    CommitStore early = new CommitStore(inner);
    early.rows().putProgress(1, A);
    early.rows().part('r').put(A, B);

    inner.put(key, B);
    early.flushCache();

    assertThat(inner.get(key)).isEqualTo(B);
    assertThat(early.rows().part('r').get(A)).isEqualTo(B);
  }

  @Test
  void whatIsDueAtOneTimeAddsUpOverCommitsAndRestarts() {
    store.due('d').put(7, A);
    store.flushCache();
    CommitStore again = new CommitStore(inner);
    DueRows due = again.due('d');
    due.put(7, B);
    again.flushCache();
    due.put(7, new byte[] {'c'});
    again.flushCache();

    assertThat(due(new CommitStore(inner))).containsExactly("7a", "7b", "7c");
  }

  @Test
  void whatWasNotCommittedIsForgotten() {
    store.due('d').put(7, A);
    store.rows().part('r').put(A, B);

    store.clearCache();
    store.flushCache();

    assertThat(store.rows().part('r').get(A)).isNull();
    assertThat(due(store)).isEmpty();
  }

  /** Kafka Streams asks for it: by an interface of its own, which another version may not know. */
  @Test
  void kafkaStreamsWritesItsRowsIntoTheChangelogBeforeItCommits() {
    try (TopologyTestDriver driver =
        new TopologyTestDriver(keeping(), DriverSettings.of("app", folder))) {
      driver
          .createInputTopic("in", new ByteArraySerializer(), new ByteArraySerializer())
          .pipeInput(A, B);
      Set<String> parts = new TreeSet<>();
      driver
          .createOutputTopic(
              TaskStore.changelog("app", "kept"),
              new ByteArrayDeserializer(),
              new ByteArrayDeserializer())
          .readRecordsToList()
          .forEach(row -> parts.add(new String(row.key(), 0, 1, UTF_8)));
      assertThat(parts).containsExactly("d", "p", "r");
    }
  }

  /** A topology whose task keeps its records. */
  private static Topology keeping() {
    return new Topology()
        .addSource("source", new ByteArrayDeserializer(), new ByteArrayDeserializer(), "in")
        .addProcessor(
            "keep",
            TaskProcessor.supplier(CommitStoreTest::keep, CommitStore.builder("kept", 1 << 20)),
            "source");
  }

  private static TaskProcessor.Task<byte[], byte[]> keep(ProcessorContext<byte[], byte[]> context) {
    CommitStore kept = context.getStateStore("kept");
    DueRows due = kept.due('d');
    kept.beforeCommit(() -> kept.rows().putProgress(1, B));
    return new TaskProcessor.Task<>() {
      @Override
      public void process(Record<byte[], byte[]> record) {
        kept.rows().part('r').put(record.key(), record.value());
        due.put(1, record.key());
      }

      @Override
      public void close() {}
    };
  }
}
