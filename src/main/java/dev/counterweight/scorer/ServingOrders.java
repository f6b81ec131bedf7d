package dev.counterweight.scorer;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.Announcement.Ref;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.checkpoint.CheckpointReader;
import dev.counterweight.checkpoint.NamedCheckpoint;
import dev.counterweight.checkpoint.ServingOrder;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.AccessProblem;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.protocol.FailureException;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * Orders a job's scorers to serve one checkpoint, or takes that back. Trainers go on as they are.
 * Not thread-safe.
 */
public final class ServingOrders {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** Offsets read at once, the newest first: a record may be of a megabyte. */
  private static final int STRETCH = 64;

  private final JobConfig config;
  private final KafkaClients clients;
  private final String topic;
  private final CheckpointReader store;

  public ServingOrders(JobConfig config, KafkaClients clients) {
    this.config = config;
    this.clients = clients;
    this.topic = config.topics().checkpoints();
    this.store = new CheckpointReader(config.trainer().checkpoints().dir());
  }

  /**
   * Has all scorers serve a checkpoint that was announced, from now on and whatever is announced.
   *
   * @return what it says of itself
   * @throws FailureException if no such checkpoint was announced, or it is not to be had whole;
   *     then nothing was ordered
   */
  public CheckpointManifest serve(String name) {
    NamedCheckpoint named = find(name);
    StoredCheckpoint stored;
    try {
      stored = named.readServed(store);
    } catch (IOException | IllegalArgumentException e) {
      throw new FailureException(
          "checkpoint '%s' cannot be read, neither from %s nor from its announcement: %s"
              .formatted(name, store.location(name), e.getMessage()),
          e);
    }
    send(ServingOrder.of(stored).toJson());
    return stored.manifest();
  }

  /** Has all scorers go by {@code scores.follow} again. */
  public void takeBack() {
    send(null);
  }

  private NamedCheckpoint find(String name) {
    Map<String, NamedCheckpoint> found = new LinkedHashMap<>();
    try (TopicTail<ConsumerRecord<byte[], byte[]>> log =
        new TopicTail<>(
            clients.consumer(config.topics().groupOf("scorer") + ".orders", Map.of()),
            topic,
            Function.identity())) {
      log.back(
          STRETCH,
          few -> {
            few.forEach(one -> note(one, name, found));
            NamedCheckpoint it = found.get(name);
            return it == null || it.inline().isEmpty();
          });
    }
    NamedCheckpoint it = found.get(name);
    if (it == null) {
      throw new FailureException(
          "job '%s' has no announced checkpoint '%s'; there are: %s"
              .formatted(config.job(), name, List.copyOf(found.keySet())));
    }
    return it;
  }

  /** Every name that is told, and of the one sought what is carried of it. */
  private static void note(
      ConsumerRecord<byte[], byte[]> one, String name, Map<String, NamedCheckpoint> found) {
    if (!Announcement.isKey(one.key()) || one.value() == null) {
      return;
    }
    Announcement announcement;
    try {
      announcement = Announcement.parse(one.value());
    } catch (FailureException | IllegalArgumentException e) {
      return; // scorers pass it over, too
    }
    for (Ref ref : announcement.all()) {
      found.putIfAbsent(ref.name(), NamedCheckpoint.of(ref));
    }
    if (announcement.checkpoint().name().equals(name)) {
      found.put(name, announcement.named());
    }
  }

  private void send(byte @Nullable [] value) {
    try (Producer<byte[], byte[]> producer =
        clients.producer(config.topics().groupOf("scorer") + ".orders", Map.of())) {
      producer
          .send(new ProducerRecord<>(topic, ServingOrder.key(), value))
          .get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } catch (ExecutionException | TimeoutException e) {
      throw AccessProblem.in(e, "order scorers", config.kafka().bootstrapServers())
          .orElseGet(
              () ->
                  new FailureException(
                      "whether scorers were ordered is not known, try again: " + e.getMessage(),
                      e));
    }
  }
}
