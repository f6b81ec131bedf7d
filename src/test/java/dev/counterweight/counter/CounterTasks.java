package dev.counterweight.counter;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.simulation.Place;
import dev.counterweight.simulation.StreamsProcess;
import dev.counterweight.simulation.SubTopology;
import dev.counterweight.streams.InputOffsets;
import dev.counterweight.streams.TaskProcessor;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.Record;

/** A counter's tasks in a simulated world: what {@link CounterTopology} builds, by its parts. */
public final class CounterTasks {
  private static final Serde<Integer> PARTITIONS = Serdes.Integer();
  private static final Serde<PartitionCounts> COUNTS = PartitionCounts.serde();

  private CounterTasks() {}

  /** A counter process. */
  public static StreamsProcess process(
      Place place,
      JobConfig config,
      TopicSetup.Identity events,
      InputOffsets offsets,
      MeterRegistry registry) {
    CounterTopology.Settings settings =
        new CounterTopology.Settings(
            config.job(),
            config.events(),
            config.counter(),
            events,
            Collections.emptySortedMap(),
            offsets,
            place.time(),
            new OwnEvents(),
            new CounterMeters(
                registry, config.job(), config.events().schema().classes(), place.time()));
    String group = config.topics().groupOf("counter");
    return new StreamsProcess(
        place,
        group,
        List.of(counting(settings, group), merging(settings, group)),
        (schemas, budget) -> new EventIntake(config.events(), schemas, budget),
        settings.times().commitMs());
  }

  private static String partials(String group) {
    return CounterTopology.internalTopics(group).get(0);
  }

  /** The topics that a counter has of its own, beside changelogs. */
  public static List<String> topics(JobConfig config) {
    return List.of(partials(config.topics().groupOf("counter")), config.topics().classWeights());
  }

  private static SubTopology<byte[], byte[], Integer, PartitionCounts> counting(
      CounterTopology.Settings settings, String group) {
    Map<String, SubTopology.Rows<?, ?>> stores = new LinkedHashMap<>();
    stores.put(PartitionCounter.STORE, new SubTopology.Rows<>(PARTITIONS, COUNTS));
    String topic = partials(group);
    return new SubTopology<>(
        "count",
        List.of(settings.events().topic()),
        partition -> counter(settings),
        stores,
        CounterTasks::bytes,
        (partial, child, partition) ->
            new ProducerRecord<>(
                topic,
                0,
                partial.timestamp(),
                PARTITIONS.serializer().serialize(topic, partial.key()),
                COUNTS.serializer().serialize(topic, partial.value()),
                partial.headers()));
  }

  private static Processor<byte[], byte[], Integer, PartitionCounts> counter(
      CounterTopology.Settings settings) {
    return new TaskProcessor<>(context -> new PartitionCounter(settings, context));
  }

  private static SubTopology<Integer, PartitionCounts, byte[], byte[]> merging(
      CounterTopology.Settings settings, String group) {
    Map<String, SubTopology.Rows<?, ?>> stores = new LinkedHashMap<>();
    stores.put(SnapshotMerger.PARTIALS, new SubTopology.Rows<>(PARTITIONS, COUNTS));
    stores.put(SnapshotMerger.VERSION, new SubTopology.Rows<>(Serdes.String(), Serdes.Long()));
    String snapshots = settings.job() + ".class-weights";
    return new SubTopology<>(
        "merge",
        List.of(partials(group)),
        partition -> new TaskProcessor<>(context -> new SnapshotMerger(settings, context)),
        stores,
        CounterTasks::partial,
        (snapshot, child, partition) ->
            new ProducerRecord<>(
                snapshots, 0, null, snapshot.key(), snapshot.value(), snapshot.headers()));
  }

  private static Record<byte[], byte[]> bytes(ConsumerRecord<byte[], byte[]> chunk) {
    return new Record<>(
        chunk.key(), chunk.value(), Math.max(0, chunk.timestamp()), chunk.headers());
  }

  private static Record<Integer, PartitionCounts> partial(ConsumerRecord<byte[], byte[]> read) {
    return new Record<>(
        PARTITIONS.deserializer().deserialize(read.topic(), read.key()),
        COUNTS.deserializer().deserialize(read.topic(), read.value()),
        read.timestamp(),
        read.headers());
  }
}
