package dev.counterweight.kafka;

import dev.counterweight.config.KafkaConfig;
import dev.counterweight.protocol.FailureException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks an admin client, and tells a failure in words: what was tried, where, and what to do. What
 * was created a moment ago is not known to every broker at once, so that a question about a topic
 * is asked again until it is known. Each call ends about within the time given. Does not own the
 * client; thread-safe as it is.
 */
public final class AdminCalls {
  private static final Logger LOG = LoggerFactory.getLogger(AdminCalls.class);
  private static final Duration LOOK = Duration.ofMillis(50);

  /** How many of the times given a cluster may take to come up broker by broker. */
  private static final int BROKERS_JOIN = 6;

  private final Admin admin;
  private final Duration timeout;
  private final String bootstrapServers;
  private final String hint;

  public AdminCalls(Admin admin, Duration timeout, String bootstrapServers) {
    this(admin, timeout, bootstrapServers, "");
  }

  /** Tells, when the cluster does not answer, in which protocol it was asked. */
  public AdminCalls(Admin admin, Duration timeout, KafkaConfig config) {
    this(
        admin,
        timeout,
        config.bootstrapServers(),
        (", asked with kafka.security.protocol=%s, which must be what that port speaks; if it is,"
                + " the brokers' advertised.listeners may name addresses that this machine does not"
                + " reach")
            .formatted(config.securityProtocol()));
  }

  private AdminCalls(Admin admin, Duration timeout, String bootstrapServers, String hint) {
    this.admin = admin;
    this.timeout = timeout;
    this.bootstrapServers = bootstrapServers;
    this.hint = hint;
  }

  /**
   * Asks about what exists, again and again while the cluster does not know it or is in motion.
   *
   * @param what is asked for, such as "read the offsets of topic 'x'"
   * @param question may be asked again
   * @throws NoAnswerException if there is no answer in time, or the cluster is still in motion
   * @throws FailureException with the cluster's refusal as its cause, which may be that it does not
   *     know the topic
   */
  public <T> T ask(String what, Function<Admin, KafkaFuture<T>> question) {
    return again(what, question, timeout, AdminCalls::inMotion);
  }

  /** Whether the same may be answered in a moment; what timed out has waited already. */
  private static boolean inMotion(@Nullable Throwable cause) {
    return cause instanceof RetriableException
        && !(cause instanceof org.apache.kafka.common.errors.TimeoutException);
  }

  /**
   * Has something created, again and again while fewer brokers are there than it is to stand on:
   * while a cluster comes up they join one by one.
   *
   * @throws NoAnswerException if there is no answer in time
   * @throws FailureException with the cluster's refusal as its cause
   */
  <T> T created(String what, Function<Admin, KafkaFuture<T>> question) {
    return again(
        what,
        question,
        timeout.multipliedBy(BROKERS_JOIN),
        cause -> cause instanceof InvalidReplicationFactorException);
  }

  private <T> T again(
      String what,
      Function<Admin, KafkaFuture<T>> question,
      Duration limit,
      Predicate<@Nullable Throwable> passes) {
    long deadlineNs = System.nanoTime() + limit.toNanos();
    for (boolean told = false; ; told = true) {
      try {
        return once(what, question);
      } catch (FailureException e) {
        if (!passes.test(e.getCause()) || System.nanoTime() >= deadlineNs) {
          throw e;
        }
        if (!told && e.getCause() instanceof InvalidReplicationFactorException) {
          LOG.warn("waiting for more brokers: {}", e.getMessage());
        }
        LockSupport.parkNanos(LOOK.toNanos());
      }
    }
  }

  /** The same, asked once: that a topic is not known is an answer. */
  <T> T once(String what, Function<Admin, KafkaFuture<T>> question) {
    try {
      return question.apply(admin).get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw told(what, e.getCause() == null ? e : e.getCause());
    } catch (TimeoutException e) {
      throw unanswered(what, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FailureException("interrupted while trying to " + what, e);
    }
  }

  /**
   * Asks where partitions of one topic begin or end.
   *
   * @return {partition: offset}
   * @throws NoAnswerException if there is no answer in time
   * @throws FailureException with the cluster's refusal as its cause
   */
  public SortedMap<Integer, Long> offsets(
      List<TopicPartition> partitions, OffsetSpec spec, IsolationLevel level) {
    Map<TopicPartition, OffsetSpec> wanted =
        partitions.stream().collect(Collectors.toMap(partition -> partition, partition -> spec));
    SortedMap<Integer, Long> offsets = new TreeMap<>();
    String topic = partitions.isEmpty() ? "" : partitions.get(0).topic();
    ask(
            "read the offsets of topic '" + topic + "'",
            admin -> admin.listOffsets(wanted, new ListOffsetsOptions(level)).all())
        .forEach((partition, found) -> offsets.put(partition.partition(), found.offset()));
    return offsets;
  }

  /**
   * Asks what a group has committed, of whatever topics.
   *
   * @throws NoAnswerException if there is no answer in time
   * @throws FailureException with the cluster's refusal as its cause
   */
  public Map<TopicPartition, OffsetAndMetadata> committed(String group) {
    return ask(
        "read what group '%s' committed".formatted(group),
        admin -> admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
  }

  /**
   * Has a group that nobody is a member of yet begin at these offsets. Does nothing where another
   * process, started at the same time, comes first: a group with members keeps its offsets, and
   * those are the other's.
   *
   * @throws NoAnswerException if there is no answer in time
   * @throws FailureException with the cluster's refusal as its cause
   */
  public void beginAt(String what, String group, Map<TopicPartition, OffsetAndMetadata> first) {
    try {
      ask(what, admin -> admin.alterConsumerGroupOffsets(group, first).all());
    } catch (FailureException e) {
      if (!(e.getCause() instanceof UnknownMemberIdException) || committed(group).isEmpty()) {
        throw e;
      }
    }
  }

  /** For questions whose answers nobody waits for. */
  public Admin client() {
    return admin;
  }

  Duration timeout() {
    return timeout;
  }

  String bootstrapServers() {
    return bootstrapServers;
  }

  private FailureException told(String what, Throwable cause) {
    if (cause instanceof org.apache.kafka.common.errors.TimeoutException) {
      return unanswered(what, cause);
    }
    Optional<FailureException> refused = AccessProblem.in(cause, what, bootstrapServers);
    if (refused.isPresent()) {
      return refused.get();
    }
    String message =
        "cannot %s: bootstrap.servers=%s: %s".formatted(what, bootstrapServers, explain(cause));
    // That a topic is not known is an answer: it may have been deleted.
    return cause instanceof RetriableException
            && !(cause instanceof UnknownTopicOrPartitionException)
        ? new NoAnswerException(message, cause)
        : new FailureException(message, cause);
  }

  private String explain(Throwable cause) {
    if (cause instanceof UnknownTopicOrPartitionException) {
      return "the topic, or a partition of it, was not known for %d s: if it is there (kafka-topics.sh --describe), its brokers are in trouble; start again once they are well"
          .formatted(timeout.toSeconds());
    }
    if (cause instanceof InvalidReplicationFactorException) {
      return "%s: start more brokers, or lower default.replication.factor"
          .formatted(String.valueOf(cause.getMessage()).replaceAll("\\.$", ""));
    }
    if (cause instanceof UnsupportedVersionException) {
      return "its brokers are too old for that: " + cause.getMessage();
    }
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }

  private NoAnswerException unanswered(String what, Throwable cause) {
    return new NoAnswerException(
        "cannot %s: no answer from bootstrap.servers=%s within %d s%s"
            .formatted(what, bootstrapServers, timeout.toSeconds(), hint),
        cause);
  }
}
