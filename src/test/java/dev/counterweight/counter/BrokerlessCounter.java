package dev.counterweight.counter;

import dev.counterweight.config.JobConfig;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import dev.counterweight.weights.Weighting;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;

/**
 * The counter's topology over one partition from offset 0 to an end, where no time passes: it
 * publishes by count alone.
 */
public final class BrokerlessCounter implements AutoCloseable {
  private static final InputOffsets FROM_THE_START =
      new InputOffsets() {
        @Override
        public OptionalLong committed(int partition) {
          return OptionalLong.empty();
        }

        @Override
        public long logStart(int partition) {
          return 0;
        }

        @Override
        public void goOnAt(int partition, long offset) {}

        @Override
        public long goesOnAt(int partition) {
          return 0;
        }
      };

  private final TopicPartition log;
  private final EventPacker packer;
  private final ReadEvents read;
  private final TopologyTestDriver driver;
  private final TestInputTopic<byte[], byte[]> events;
  private final TestOutputTopic<byte[], byte[]> snapshots;

  /**
   * @param end offset after the last event
   * @param state a folder for Kafka Streams
   */
  public BrokerlessCounter(JobConfig config, long end, Path state) {
    this.log = new TopicPartition(config.events().topic(), 0);
    this.packer = new EventPacker(log.topic(), 0);
    this.read = new ReadEvents(config.events());
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, config.topics().groupOf("counter"));
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
    properties.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
    String published = config.topics().classWeights();
    SortedMap<Integer, Long> ends = new TreeMap<>(Map.of(0, end));
    this.driver =
        new TopologyTestDriver(
            CounterTopology.build(
                log.topic(), published, counting(config, ends), merging(config, ends)),
            properties);
    this.events =
        driver.createInputTopic(log.topic(), new ByteArraySerializer(), new ByteArraySerializer());
    this.snapshots =
        driver.createOutputTopic(
            published, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** Counts the next events; the snapshots that this made due. */
  public List<Snapshot> count(List<ConsumerRecord<byte[], byte[]>> next) {
    ConsumerRecords<byte[], byte[]> packed =
        packer.pack(new ConsumerRecords<>(Map.of(log, read.of(next)), Map.of()), partition -> true);
    packed.forEach(chunk -> events.pipeInput(null, chunk.value(), chunk.timestamp()));
    return snapshots.readValuesToList().stream().map(SnapshotJson::read).toList();
  }

  @Override
  public void close() {
    driver.close();
  }

  private static PartitionCounter.Settings counting(
      JobConfig config, SortedMap<Integer, Long> ends) {
    Clock clock = Clock.systemUTC();
    return new PartitionCounter.Settings(
        config.events(),
        config.counter().halfLife(),
        new UpdateTimes(Duration.ZERO),
        new PublishingPace(config.counter().updateEvents()),
        1,
        ends,
        FROM_THE_START,
        clock,
        new OwnEvents(),
        new CounterMeters(
            new SimpleMeterRegistry(), config.job(), config.events().schema().classes(), clock));
  }

  private static SnapshotMerger.Settings merging(JobConfig config, SortedMap<Integer, Long> ends) {
    return new SnapshotMerger.Settings(
        config.job(),
        config.events().schema().schema(),
        Weighting.configured(config.counter().formula(), config.counter().maxRatio()),
        config.counter().halfLife(),
        config.counter().minChange(),
        1,
        new UpdateTimes(Duration.ZERO),
        new PublishingPace(config.counter().updateEvents()),
        ends,
        "none",
        config.events().topic(),
        new ClockBound(Clock.systemUTC(), config.events().maxFutureMs()));
  }
}
