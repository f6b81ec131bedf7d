package dev.counterweight.streams;

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
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.ThreadMetadata;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A topology that runs, and the state folder that it holds until it has ended. */
public final class RunningTopology {
  private static final Logger LOG = LoggerFactory.getLogger(RunningTopology.class);

  /** What all roles go by, unless their plan or the user says otherwise. */
  private static final Map<String, Object> SETTINGS =
      Map.of(
          StreamsConfig.NUM_STREAM_THREADS_CONFIG,
          1,
          // A row in a changelog is stamped as its event: brokers refuse what is stamped far ahead.
          StreamsConfig.topicPrefix(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG),
          "LogAppendTime",
          // A killed instance's partitions move after this, instead of the default 45 s.
          StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG),
          10_000,
          StreamsConfig.consumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG),
          3_000,
          // The system's own, which grows with what comes: Kafka's default is filled in no time.
          StreamsConfig.consumerPrefix(ConsumerConfig.RECEIVE_BUFFER_CONFIG),
          -1,
          // Of several stores, one after the other: the next waits behind a request for the last.
          StreamsConfig.restoreConsumerPrefix(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG),
          100);

  private final StreamsClients clientsOfTopology;
  private final @Nullable StateFolder stateFolder;
  private final KafkaStreams streams;
  private final AtomicReference<AutoCloseable> meters;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  RunningTopology(KafkaClients clients, TopologyPlan plan) {
    this.clientsOfTopology = plan.clients();
    Map<String, Object> defaults = new HashMap<>(SETTINGS);
    defaults.putAll(plan.settings());
    Properties settings = clients.streams(plan.applicationId(), defaults);
    stateFolder = stateFolder(plan, settings);
    try {
      this.streams = new KafkaStreams(plan.topology(), settings, clientsOfTopology);
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

  /** The plan's folder, which stays; else the user's, who sees to it; else one that goes. */
  private static @Nullable StateFolder stateFolder(TopologyPlan plan, Properties settings) {
    Path kept = plan.stateDir();
    if (kept == null && settings.containsKey(StreamsConfig.STATE_DIR_CONFIG)) {
      return null;
    }
    StateFolder folder =
        kept == null
            ? StateFolder.in(Path.of(System.getProperty("java.io.tmpdir")))
            : StateFolder.kept(kept, plan.applicationId());
    settings.put(StreamsConfig.STATE_DIR_CONFIG, folder.path().toString());
    return folder;
  }

  public boolean running() {
    return streams.state() == KafkaStreams.State.RUNNING;
  }

  /** What this instance does, in words: so many partitions, and so many kept warm for others. */
  public String tasks() {
    int active = 0;
    int standby = 0;
    for (ThreadMetadata thread : streams.metadataForLocalThreads()) {
      active += thread.activeTasks().size();
      standby += thread.standbyTasks().size();
    }
    return "%d tasks, %d standbys here".formatted(active, standby);
  }

  /** Records of a topic that this instance has yet to read, of the partitions it has. */
  public long lag(String topic) {
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

  /** Transactions that this instance has committed since it was started. */
  public long commits() {
    return clientsOfTopology.commits();
  }

  /** What ended the topology, the cause that Streams wrapped if it is one of ours. */
  Optional<Throwable> failure() {
    Throwable thrown = failure.get();
    return Causes.of(thrown)
        .filter(
            cause -> cause instanceof FailureException || cause instanceof RecordsDeletedException)
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
