package dev.counterweight.counter;

import dev.counterweight.config.CounterConfig;
import dev.counterweight.config.JobConfig;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.streams.DriverSettings;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;

/**
 * The counter's topology over one partition from offset 0 to an end, where no time passes: it
 * publishes by count alone.
 */
public final class BrokerlessCounter implements AutoCloseable {
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
    this(config, end, state, WriterSchemas.NONE);
  }

  /**
   * @param schemas that a registry knows
   */
  public BrokerlessCounter(JobConfig config, long end, Path state, WriterSchemas schemas) {
    this.log = new TopicPartition(config.events().topic(), 0);
    this.packer = new EventPacker(log.topic(), 0);
    this.read = new ReadEvents(config.events(), schemas);
    String published = config.topics().classWeights();
    SortedMap<Integer, Long> ends = new TreeMap<>(Map.of(0, end));
    this.driver =
        new TopologyTestDriver(
            CounterTopology.build(settings(config, ends)),
            DriverSettings.of(config.topics().groupOf("counter"), state));
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

  private static CounterTopology.Settings settings(
      JobConfig config, SortedMap<Integer, Long> ends) {
    CounterConfig counter = config.counter();
    return new CounterTopology.Settings(
        config.job(),
        config.events(),
        new CounterConfig(
            counter.formula(), counter.maxRatio(), counter.halfLife(), 0, counter.updateEvents()),
        new TopicSetup.Identity(new StreamIdentity("none", config.events().topic()), 1),
        ends,
        CounterSettings.offsets(0, 0),
        Clock.systemUTC(),
        new OwnEvents(),
        new CounterMeters(
            new SimpleMeterRegistry(),
            config.job(),
            config.events().schema().classes(),
            Clock.systemUTC()));
  }
}
