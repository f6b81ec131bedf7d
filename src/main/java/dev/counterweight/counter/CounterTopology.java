package dev.counterweight.counter;

import dev.counterweight.config.CounterConfig;
import dev.counterweight.config.EventsConfig;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.streams.InputOffsets;
import dev.counterweight.streams.TaskProcessor;
import dev.counterweight.streams.TaskStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.api.ProcessorContext;
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

  /**
   * What all tasks count by.
   *
   * @param topic the events topic as it is
   * @param end {partition: offset to stop at}, or empty
   * @param clock by which event times are bounded
   */
  record Settings(
      String job,
      EventsConfig events,
      CounterConfig counter,
      TopicSetup.Identity topic,
      SortedMap<Integer, Long> end,
      InputOffsets offsets,
      InstantSource clock,
      OwnEvents own,
      CounterMeters metrics) {

    int partitions() {
      return topic.partitions();
    }

    int classCount() {
      return events.schema().classCount();
    }

    UpdateTimes times() {
      return new UpdateTimes(Duration.ofMillis(counter.updateIntervalMs()));
    }

    PublishingPace pace() {
      return new PublishingPace(counter.updateEvents());
    }

    ClockVote clockVote() {
      return new ClockVote(clock, events.maxFutureMs());
    }
  }

  static Topology build(Settings settings) {
    StreamsBuilder builder = new StreamsBuilder();
    Serde<byte[]> bytes = Serdes.ByteArray();
    JobTopics topics = new JobTopics(settings.job(), settings.events().topic());
    builder.stream(
            topics.events(),
            Consumed.with(bytes, bytes)
                .withName("events")
                .withOffsetResetPolicy(AutoOffsetReset.earliest())
                .withTimestampExtractor((chunk, time) -> chunk.timestamp()))
        .process(
            TaskProcessor.supplier(
                (ProcessorContext<Integer, PartitionCounts> context) ->
                    new PartitionCounter(settings, context),
                store(PartitionCounter.STORE, Serdes.Integer(), PartitionCounts.serde())),
            Named.as("count"))
        .repartition(
            Repartitioned.<Integer, PartitionCounts>as(PARTIALS)
                .withNumberOfPartitions(1)
                .withKeySerde(Serdes.Integer())
                .withValueSerde(PartitionCounts.serde()))
        .process(
            TaskProcessor.supplier(
                (ProcessorContext<byte[], byte[]> context) -> new SnapshotMerger(settings, context),
                store(SnapshotMerger.PARTIALS, Serdes.Integer(), PartitionCounts.serde()),
                store(SnapshotMerger.VERSION, Serdes.String(), Serdes.Long())),
            Named.as("merge"))
        .to(topics.classWeights(), Produced.with(bytes, bytes).withName("snapshots"));
    return builder.build();
  }

  /** The topics that Streams keeps for this topology. */
  static List<String> internalTopics(String applicationId) {
    List<String> all = new ArrayList<>(stateTopics(applicationId));
    all.add(0, applicationId + "-" + PARTIALS + "-repartition");
    return all;
  }

  /** Those of them without which counts or versions would begin at nothing. */
  static List<String> stateTopics(String applicationId) {
    return Stream.of(PartitionCounter.STORE, SnapshotMerger.PARTIALS, SnapshotMerger.VERSION)
        .map(store -> TaskStore.changelog(applicationId, store))
        .toList();
  }

  private static <K, V> StoreBuilder<KeyValueStore<K, V>> store(
      String name, Serde<K> keys, Serde<V> values) {
    return Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(name), keys, values)
        .withCachingEnabled()
        .withLoggingEnabled(Map.of());
  }
}
