package dev.counterweight.counter;

import dev.counterweight.kafka.Causes;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.protocol.FailureException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaClientSupplier;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.ThreadMetadata;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running topology. Without {@code kafka.streams.state.dir} it has a state folder of its own,
 * which goes with it.
 */
final class CountingStreams {
  private static final Logger LOG = LoggerFactory.getLogger(CountingStreams.class);
  private static final Map<String, Object> SETTINGS =
      Map.of(
          StreamsConfig.NUM_STREAM_THREADS_CONFIG,
          1,
          // A task reads one partition: there is no other whose next record it might wait for.
          StreamsConfig.MAX_TASK_IDLE_MS_CONFIG,
          StreamsConfig.MAX_TASK_IDLE_MS_DISABLED,
          StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG),
          EventChunk.MOST,
          // Chunks of events, each of a poll: what waits in memory stays small.
          StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG,
          4,
          // A row in the changelog is stamped as its event: brokers refuse what is stamped far
          // ahead.
          StreamsConfig.topicPrefix(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG),
          "LogAppendTime",
          // A killed counter's partitions move after this, instead of the default 45 s.
          StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG),
          10_000,
          StreamsConfig.consumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG),
          3_000,
          // The system's own, which grows with what comes: Kafka's default is filled in no time.
          StreamsConfig.consumerPrefix(ConsumerConfig.RECEIVE_BUFFER_CONFIG),
          -1);

  private final @Nullable StateFolder stateFolder;
  private final KafkaStreams streams;
  private final AtomicReference<AutoCloseable> meters;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  CountingStreams(
      KafkaClients clients,
      String applicationId,
      long commitIntervalMs,
      Topology topology,
      KafkaClientSupplier clientsOfTopology) {
    Map<String, Object> defaults = new HashMap<>(SETTINGS);
    defaults.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, commitIntervalMs);
    Properties settings = clients.streams(applicationId, defaults);
    stateFolder =
        settings.containsKey(StreamsConfig.STATE_DIR_CONFIG) ? null : stateFolder(settings);
    try {
      this.streams = new KafkaStreams(topology, settings, clientsOfTopology);
      streams.setUncaughtExceptionHandler(
          e -> {
            failure.compareAndSet(null, e);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
          });
      this.meters = new AtomicReference<>(clients.measure(streams));
      streams.start();
    } catch (RuntimeException e) {
      closeStateFolder();
      throw e;
    }
  }

  private static StateFolder stateFolder(Properties settings) {
    StateFolder folder = StateFolder.in(Path.of(System.getProperty("java.io.tmpdir")));
    settings.put(StreamsConfig.STATE_DIR_CONFIG, folder.path().toString());
    return folder;
  }

  boolean running() {
    return streams.state() == KafkaStreams.State.RUNNING;
  }

  /** What this instance does, in words: so many partitions, and so many kept warm for others. */
  String tasks() {
    int active = 0;
    int standby = 0;
    for (ThreadMetadata thread : streams.metadataForLocalThreads()) {
      active += thread.activeTasks().size();
      standby += thread.standbyTasks().size();
    }
    return "%d tasks, %d standbys here".formatted(active, standby);
  }

  /** Records of a topic that this instance has yet to read, of the partitions it has. */
  long lag(String topic) {
    double lag = 0;
    for (Metric metric : streams.metrics().values()) {
      MetricName name = metric.metricName();
      if (name.name().equals("records-lag")
          && topic.equals(name.tags().get("topic"))
          && metric.metricValue() instanceof Double records
          && records > 0) {
        lag += records;
      }
    }
    return (long) lag;
  }

  /** What ended the topology, the cause that Streams wrapped if it is one of ours. */
  Optional<Throwable> failure() {
    Throwable thrown = failure.get();
    return Causes.of(thrown)
        .filter(
            cause -> cause instanceof FailureException || cause instanceof EventsDeletedException)
        .findFirst()
        .or(() -> Optional.ofNullable(thrown));
  }

  /**
   * Commits, leaves the group and ends; to be called again where that was not done in time. Threads
   * wait for a broker that is away, however long.
   *
   * @return whether it has ended
   */
  boolean closed(Duration timeout) {
    closeMeters();
    boolean closed =
        streams.close(
            CloseOptions.timeout(timeout)
                .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
    if (closed) {
      closeStateFolder();
    }
    return closed;
  }

  private void closeMeters() {
    try {
      meters.getAndSet(() -> {}).close();
    } catch (Exception e) {
      LOG.warn("the meters of Kafka Streams stay: {}", e.toString());
    }
  }

  private void closeStateFolder() {
    if (stateFolder != null) {
      stateFolder.close();
    }
  }
}
