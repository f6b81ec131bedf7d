package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.config.HalfLife;
import dev.counterweight.weights.ClassWeights;
import dev.counterweight.weights.ClassWeightsJson;
import dev.counterweight.weights.DecayedCounts;
import dev.counterweight.weights.WeightFormula;
import dev.counterweight.weights.Weighting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the task that merges does with partials in any order, and what outlives a move of it. */
class SnapshotMergerTest {
  @TempDir Path folder;

  private MockProcessorContext<byte[], byte[]> context;

  @BeforeEach
  void openStores() {
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "job.counter");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
    context = new MockProcessorContext<>(properties, new TaskId(1, 0), folder.toFile());
    context.setCurrentSystemTimeMs(0);
    add(SnapshotMerger.PARTIALS, Serdes.Integer(), PartitionCounts.serde());
    add(SnapshotMerger.VERSION, Serdes.String(), Serdes.Long());
    add(SnapshotMerger.PUBLISHED, Serdes.String(), Serdes.ByteArray());
  }

  @Test
  void anOlderPartialOfAPartitionDoesNotTakeBackANewerOne() {
    SnapshotMerger merger = merger(0, 2);
    merger.process(partial(0, 6, 2));
    merger.process(partial(0, 3, 1));

    merger.process(partial(1, 1, 0));

    ClassWeights newest = newest();
    assertThat(newest.covered()).containsEntry(0, 8L).containsEntry(1, 1L);
    assertThat(newest.events()).containsExactly(7, 2);
  }

  @Test
  void versionAndWeightsHeldStillOutliveAMove() {
    SnapshotMerger before = merger(0.2, 1);
    before.process(partial(0, 4, 4));
    before.process(partial(0, 5, 4));
    assertThat(newest().weights()).as("held still").containsExactly(1, 1);
    long version = newest().version();
    before.close();

    merger(0.2, 1).process(partial(0, 5, 5));
    assertThat(newest().version()).isEqualTo(version + 1);
    merger(0.2, 1).process(partial(0, 6, 5));

    assertThat(newest().weights()).as("as before the moves").containsExactly(1, 1);
    assertThat(newest().events()).containsExactly(6, 5);
    assertThat(newest().version()).isEqualTo(version + 2);
  }

  /** One that publishes at every event more. */
  private SnapshotMerger merger(double minChange, int partitions) {
    SnapshotMerger merger =
        new SnapshotMerger(
            new SnapshotMerger.Settings(
                "job",
                List.of("ok", "fraud"),
                new Weighting(new WeightFormula.Balanced(), 10_000),
                HalfLife.NONE,
                minChange,
                partitions,
                new UpdateTimes(Duration.ofHours(1)),
                new PublishingPace(1),
                new TreeMap<>(),
                "cluster",
                "topic"));
    merger.init(context);
    return merger;
  }

  private static Record<Integer, PartitionCounts> partial(int partition, int ok, int fraud) {
    DecayedCounts counts = new DecayedCounts(HalfLife.NONE, 2);
    for (int i = 0; i < ok + fraud; i++) {
      counts.add(i < ok ? 0 : 1, 1, 0);
    }
    return new Record<>(partition, new PartitionCounts(ok + fraud, 0, counts), 0);
  }

  private ClassWeights newest() {
    List<MockProcessorContext.CapturedForward<? extends byte[], ? extends byte[]>> all =
        context.forwarded();
    return ClassWeightsJson.read(all.get(all.size() - 1).record().value());
  }

  private <K, V> void add(String name, Serde<K> keys, Serde<V> values) {
    KeyValueStore<K, V> store =
        Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(name), keys, values)
            .withLoggingDisabled()
            .withCachingDisabled()
            .build();
    store.init(context.getStateStoreContext(), store);
    context.addStateStore(store);
  }
}
