package dev.counterweight.kafka;

import dev.counterweight.config.KafkaConfig;
import dev.counterweight.protocol.FailureException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the clients of one cluster, with the settings that the guarantees rest on: consumers read
 * committed records only, never commit by themselves, never reset silently and never create topics;
 * producers are idempotent and wait for all in-sync replicas.
 *
 * <p>What the user passed through comes first, then the caller's settings, then those rules; a
 * property that the caller's overrides is warned about once. What clients measure is for {@link
 * ClientMeters}: no beans of it are registered unless the user names a reporter. A client that
 * cannot be made from them is a {@link FailureException} without any secret in it. Callers own and
 * close the clients. Thread-safe; tests extend it where there is no cluster.
 */
public class KafkaClients {
  private static final Set<String> CLASSIC_PROTOCOL_ALONE =
      Set.of(
          ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
          ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG,
          ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG);

  /**
   * How long a broker holds the answer to a reader of a job's own logs where there is nothing new.
   * What the reader asks besides, where a log ends or to be closed, waits behind it: Kafka's half a
   * second, at several places of a start.
   */
  static final int FETCH_WAIT_MS = 100;

  private static final Logger LOG = LoggerFactory.getLogger(KafkaClients.class);

  private final Set<String> overridden = ConcurrentHashMap.newKeySet();
  private final KafkaConfig config;
  private final @Nullable ClientMeters meters;

  /** Clients that publish no meters. */
  public KafkaClients(KafkaConfig config) {
    this(config, null);
  }

  public KafkaClients(KafkaConfig config, @Nullable ClientMeters meters) {
    this.config = config;
    this.meters = meters;
  }

  /**
   * A consumer of bytes; without {@code group.id} in {@code settings} it belongs to no group. Where
   * the user asks for the group protocol {@code consumer}, in which the broker decides on
   * assignment and session timeout, settings of those are left out. What a poll holds is bounded
   * ({@link PollBudget}).
   */
  public Consumer<byte[], byte[]> consumer(String clientId, Map<String, Object> settings) {
    return consumer(clientId, settings, Integer.MAX_VALUE, Integer.MAX_VALUE);
  }

  /** The same, of whose longer keys and values no more is kept than so many first bytes. */
  public Consumer<byte[], byte[]> consumer(
      String clientId, Map<String, Object> settings, int mostKeyBytes, int mostValueBytes) {
    Map<String, Object> chosen = new HashMap<>(settings);
    if (brokerAssigns()) {
      chosen.keySet().removeAll(CLASSIC_PROTOCOL_ALONE);
    }
    Map<String, Object> all = base(clientId, chosen);
    all.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    all.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    all.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    all.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    if (!all.containsKey(ConsumerConfig.GROUP_ID_CONFIG)) {
      all.putIfAbsent(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, FETCH_WAIT_MS);
    }
    return made(() -> new BoundedConsumer(all, mostKeyBytes, mostValueBytes, meters));
  }

  /** A producer that sends nothing outside a transaction. */
  public Producer<byte[], byte[]> transactionalProducer(
      String transactionalId, Map<String, Object> settings) {
    Map<String, Object> all = base(transactionalId, settings);
    all.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
    return producer(all);
  }

  /** An idempotent producer without transactions. */
  public Producer<byte[], byte[]> producer(String clientId, Map<String, Object> settings) {
    return producer(base(clientId, settings));
  }

  /** An admin client. */
  public Admin admin(String clientId) {
    return made(() -> Admin.create(base(clientId, Map.of())));
  }

  /** Asks by an admin client of this cluster, which stays the caller's. */
  public AdminCalls calls(Admin admin, Duration timeout) {
    return new AdminCalls(admin, timeout, config);
  }

  /**
   * Settings for Kafka Streams: what the caller gives are defaults, which the user's {@code
   * kafka.streams.} keys override.
   */
  public Properties streams(String applicationId, Map<String, Object> settings) {
    Map<String, Object> all = base(applicationId, settings);
    if (brokerAssigns()) {
      // Kafka Streams has group protocols of its own.
      all.remove(ConsumerConfig.GROUP_PROTOCOL_CONFIG);
    }
    all.putAll(config.streams());
    all.put(StreamsConfig.APPLICATION_ID_CONFIG, applicationId);
    all.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    Properties properties = new Properties();
    properties.putAll(all);
    return properties;
  }

  /** Publishes the meters of streams made with {@link #streams}; to be closed before those are. */
  public AutoCloseable measure(KafkaStreams streams) {
    return meters == null ? () -> {} : meters.measure(streams);
  }

  private Producer<byte[], byte[]> producer(Map<String, Object> all) {
    all.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    all.put(ProducerConfig.ACKS_CONFIG, "all");
    return made(() -> new BytesProducer(all, meters));
  }

  /** A client that cannot be made is one whose settings are wrong: a trust store, for one. */
  private <T> T made(Supplier<T> client) {
    try {
      return client.get();
    } catch (KafkaException e) {
      String why =
          Causes.of(e).map(cause -> ": " + cause.getMessage()).collect(Collectors.joining());
      boolean address = why.contains("bootstrap.servers") || why.contains("bootstrap url");
      throw new FailureException(
          config.masked(
              (address
                      ? "cannot connect to " + config.bootstrapServers()
                      : "the settings under 'kafka.' make no working client")
                  + why),
          null);
    }
  }

  /** A producer of bytes whose meters are published while it is open, if there are any. */
  private static final class BytesProducer extends KafkaProducer<byte[], byte[]> {
    private final Runnable unpublish;

    BytesProducer(Map<String, Object> settings, @Nullable ClientMeters meters) {
      super(settings, new ByteArraySerializer(), new ByteArraySerializer());
      unpublish = meters == null ? () -> {} : meters.publish(this);
    }

    @Override
    public void close() {
      unpublish.run();
      super.close();
    }

    @Override
    public void close(Duration timeout) {
      unpublish.run();
      super.close(timeout);
    }
  }

  private boolean brokerAssigns() {
    return "consumer".equalsIgnoreCase(config.clients().get(ConsumerConfig.GROUP_PROTOCOL_CONFIG));
  }

  private void override(Map<String, Object> all, String key, Object value, String clientId) {
    Object passed = all.put(key, value);
    if (passed != null && !passed.toString().equals(value.toString()) && overridden.add(key)) {
      LOG.warn(
          "kafka.{}={} does not hold for every client: '{}' needs {}={}",
          key,
          passed,
          clientId,
          key,
          value);
    }
  }

  private Map<String, Object> base(String clientId, Map<String, Object> settings) {
    Map<String, Object> all = new HashMap<>();
    // Registering each of a client's hundreds of meters as a bean is a tenth of a role's start.
    all.put(CommonClientConfigs.METRIC_REPORTER_CLASSES_CONFIG, "");
    all.putAll(config.clients());
    settings.forEach((key, value) -> override(all, key, value, clientId));
    all.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, config.bootstrapServers());
    all.put(CommonClientConfigs.CLIENT_ID_CONFIG, clientId);
    return all;
  }
}
