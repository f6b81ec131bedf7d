package dev.counterweight.kafka;

import dev.counterweight.protocol.FailureException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * Watches that a topic stays the one it was, since clients take up a topic that was deleted and
 * created again under the same name without a word, and whether the cluster answers at all. {@link
 * #look} is called by one thread, {@link #silence} by any; does not own the client.
 */
public final class TopicGuard {
  private static final Duration EVERY = Duration.ofSeconds(3);
  private static final int PATIENCE_MS = 5_000;

  /** Above this an answer is not just slow. */
  private static final Duration SILENCE = Duration.ofSeconds(10);

  /** A broker that has just started may not know a topic for a moment. */
  private static final Duration GONE = Duration.ofSeconds(30);

  private final Admin admin;
  private final String topic;
  private final TopicSetup.Identity identity;
  private final LongSupplier nanos;
  private @Nullable KafkaFuture<TopicDescription> asked;
  private boolean missing;
  private long missingNs;
  private long takenNs;
  private volatile long askedNs;
  private volatile long answeredNs;

  /**
   * @param identity the topic as it was when work on it began
   */
  public TopicGuard(Admin admin, String topic, TopicSetup.Identity identity) {
    this(admin, topic, identity, System::nanoTime);
  }

  /**
   * @param nanos such as {@link System#nanoTime}
   */
  TopicGuard(Admin admin, String topic, TopicSetup.Identity identity, LongSupplier nanos) {
    this.admin = admin;
    this.topic = topic;
    this.identity = identity;
    this.nanos = nanos;
    this.askedNs = nanos.getAsLong();
    this.answeredNs = askedNs;
  }

  /** The topic that is guarded. */
  public String topic() {
    return topic;
  }

  /**
   * Looks at the newest answer, and asks again now and then; never waits.
   *
   * @throws FailureException if the topic is another, or has been gone for half a minute
   */
  public void look() {
    KafkaFuture<TopicDescription> before = asked;
    if (before != null && before.isDone()) {
      asked = null;
      take(before);
    }
    if (asked == null && nanos.getAsLong() - askedNs >= EVERY.toNanos()) {
      askedNs = nanos.getAsLong();
      asked =
          Objects.requireNonNull(
              admin
                  .describeTopics(
                      List.of(topic), new DescribeTopicsOptions().timeoutMs(PATIENCE_MS))
                  .topicNameValues()
                  .get(topic));
      // Whoever looks may be held up by the very silence.
      asked.whenComplete(
          (found, error) -> {
            if (error == null || unknown(error)) {
              answeredNs = nanos.getAsLong();
            }
          });
    }
  }

  /** How long the cluster has not answered, in words for a status; empty while it answers. */
  public Optional<String> silence() {
    long since = nanos.getAsLong() - answeredNs;
    return answeredNs - askedNs >= 0 || since < SILENCE.toNanos()
        ? Optional.empty()
        : Optional.of(
            "Kafka has not answered for %d s: waits, and goes on once it does"
                .formatted(Duration.ofNanos(since).toSeconds()));
  }

  private void take(KafkaFuture<TopicDescription> answer) {
    try {
      TopicDescription found = answer.get();
      missing = false;
      identity.requireSame(topic, found.topicId().toString());
    } catch (ExecutionException e) {
      // Nothing is known of the time in which nobody answered.
      missing &= unknown(e);
      if (unknown(e)) {
        requireSeen();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void requireSeen() {
    long nowNs = nanos.getAsLong();
    // Whoever was held up for long between two answers knows little of that time.
    missingNs = missing ? missingNs + Math.min(nowNs - takenNs, SILENCE.toNanos()) : 0;
    missing = true;
    takenNs = nowNs;
    if (missingNs >= GONE.toNanos()) {
      throw new FailureException(
          "topic '%s' (id %s) was deleted while this role worked on it: start a new job on the topic that takes its place"
              .formatted(topic, identity.stream().topicId()));
    }
  }

  private static boolean unknown(Throwable error) {
    return Causes.any(UnknownTopicOrPartitionException.class, error);
  }
}
