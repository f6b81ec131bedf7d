package dev.counterweight.counter;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Two stages: each task counts its own partition, and one tiny task merges what they forward.
 * Grouping by label instead would put 99 % of a skewed stream on one task.
 *
 * <p>Stores are in memory, since a row a partition is all they hold, with a changelog for what must
 * survive and a cache so that the changelog gets a record a commit rather than one an event.
 */
final class CounterTopology {
  private static final String PARTIALS = "partials";

  private CounterTopology() {}

  static Topology build(
      String eventsTopic,
      String snapshotsTopic,
      PartitionCounter.Settings counting,
      SnapshotMerger.Settings merging) {
    StreamsBuilder builder = new StreamsBuilder();
    Serde<byte[]> bytes = Serdes.ByteArray();
    builder.stream(
            eventsTopic,
            Consumed.with(bytes, bytes)
                .withName("events")
                .withOffsetResetPolicy(AutoOffsetReset.earliest())
                .withTimestampExtractor((chunk, time) -> chunk.timestamp()))
        .process(
            supplier(
                () -> new PartitionCounter(counting),
                Set.of(store(PartitionCounter.STORE, Serdes.Integer(), PartitionCounts.serde()))),
            Named.as("count"))
        .repartition(
            Repartitioned.<Integer, PartitionCounts>as(PARTIALS)
                .withNumberOfPartitions(1)
                .withKeySerde(Serdes.Integer())
                .withValueSerde(PartitionCounts.serde()))
        .process(
            supplier(
                () -> new SnapshotMerger(merging),
                Set.of(
                    store(SnapshotMerger.PARTIALS, Serdes.Integer(), PartitionCounts.serde()),
                    store(SnapshotMerger.VERSION, Serdes.String(), Serdes.Long()),
                    store(SnapshotMerger.PUBLISHED, Serdes.String(), bytes))),
            Named.as("merge"))
        .to(snapshotsTopic, Produced.with(bytes, bytes).withName("snapshots"));
    return builder.build();
  }

  /** The topics that Streams keeps for this topology. */
  static List<String> internalTopics(String applicationId) {
    return List.of(
        applicationId + "-" + PARTIALS + "-repartition",
        applicationId + "-" + PartitionCounter.STORE + "-changelog",
        applicationId + "-" + SnapshotMerger.PARTIALS + "-changelog",
        applicationId + "-" + SnapshotMerger.VERSION + "-changelog",
        applicationId + "-" + SnapshotMerger.PUBLISHED + "-changelog");
  }

  /** Those of them without which counts or versions would begin at nothing. */
  static List<String> stateTopics(String applicationId) {
    return List.of(
        applicationId + "-" + PartitionCounter.STORE + "-changelog",
        applicationId + "-" + SnapshotMerger.PARTIALS + "-changelog",
        applicationId + "-" + SnapshotMerger.VERSION + "-changelog");
  }

  private static <K, V> StoreBuilder<KeyValueStore<K, V>> store(
      String name, Serde<K> keys, Serde<V> values) {
    return Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(name), keys, values)
        .withCachingEnabled()
        .withLoggingEnabled(Map.of());
  }

  private static <A, B, C, D> ProcessorSupplier<A, B, C, D> supplier(
      java.util.function.Supplier<Processor<A, B, C, D>> processor, Set<StoreBuilder<?>> stores) {
    return new ProcessorSupplier<>() {
      @Override
      public Processor<A, B, C, D> get() {
        return processor.get();
      }

      @Override
      public Set<StoreBuilder<?>> stores() {
        return stores;
      }
    };
  }
}
