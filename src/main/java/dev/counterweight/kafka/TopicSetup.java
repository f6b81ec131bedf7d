package dev.counterweight.kafka;

import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.protocol.StreamIdentity;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Creates a job's own topics where they are absent and refuses them where their partitions or
 * cleanup policy would break a guarantee; one that keeps too little is warned about. Never touches
 * the events topic. Every call to the cluster ends within the time given; thread-safe as the admin
 * client is.
 */
public final class TopicSetup {

  /**
   * A topic as the cluster knows it.
   *
   * @param stream which topic it is
   */
  public record Identity(StreamIdentity stream, int partitions) {

    /**
     * Requires that a topic of this name is still this one.
     *
     * @throws FailureException if it was deleted and created again
     */
    void requireSame(String topic, String idNow) {
      if (!idNow.equals(stream.topicId())) {
        throw new FailureException(
            "topic '%s' was deleted and created again while this role worked on it (its id was %s and is %s): its offsets mean other events now. Start a new job, under another name; trainer.initial takes the model over"
                .formatted(topic, stream.topicId(), idNow));
      }
    }
  }

  private static final Duration LOOK = Duration.ofMillis(50);

  private final AdminCalls calls;

  public TopicSetup(Admin admin, Duration timeout, String bootstrapServers) {
    this(new AdminCalls(admin, timeout, bootstrapServers));
  }

  /** Asks by these calls. */
  public TopicSetup(AdminCalls calls) {
    this.calls = calls;
  }

  /**
   * The settings each of a job's topics is created with, by topic name, but that of the scores. All
   * have one partition but that of the labelled events.
   */
  public static Map<String, Map<String, String>> settings(JobTopics topics) {
    return OwnTopics.settings(topics);
  }

  /**
   * Creates those of {@code names} that are absent, with one partition each, and checks the others.
   *
   * @return the names that were created
   * @throws FailureException if one exists with other partitions or another cleanup policy
   */
  public List<String> ensure(JobTopics topics, Collection<String> names) {
    return ensure(topics, names, 1);
  }

  /**
   * Creates one of the job's own topics where it is absent, and checks it where it is there.
   *
   * @param partitions of the labelled events, those that events are joined in; of the scores, those
   *     of the topic that is scored; 1 of any other
   * @return whether it was created
   * @throws FailureException if it exists and is not as it must be
   */
  public boolean ensure(JobTopics topics, String name, int partitions) {
    return !ensure(topics, List.of(name), partitions).isEmpty();
  }

  /** The settings that the topic of the scores is created with. */
  public static Map<String, String> scoresSettings(JobTopics topics) {
    return OwnTopics.scores(topics);
  }

  private List<String> ensure(JobTopics topics, Collection<String> names, int partitions) {
    Map<String, Map<String, String>> settings = new HashMap<>(settings(topics));
    settings.put(topics.scores(), OwnTopics.scores(topics));
    // Looked for first: who may not create topics may well use those that are there.
    List<String> created =
        names.stream()
            .filter(
                name ->
                    find(name).isEmpty()
                        && create(name, partitions, settings.getOrDefault(name, Map.of())))
            .toList();
    for (String name : names) {
      awaitKnown(name);
      if (!created.contains(name)) {
        verify(topics, name, partitions);
      }
    }
    return created;
  }

  /**
   * Whether one of the job's own topics is there, as {@link #ensure(JobTopics, String, int)} makes
   * it; nothing is created.
   *
   * @throws FailureException if it is there but not as it must be
   */
  public boolean matches(JobTopics topics, String name, int partitions) {
    if (find(name).isEmpty()) {
      return false;
    }
    verify(topics, name, partitions);
    return true;
  }

  /** Creates a topic; false if it was there already. */
  public boolean create(String name, int partitions, Map<String, String> settings) {
    NewTopic topic =
        new NewTopic(name, Optional.of(partitions), Optional.empty()).configs(settings);
    try {
      calls.created(
          "create topic '" + name + "'", admin -> admin.createTopics(List.of(topic)).all());
      return true;
    } catch (FailureException e) {
      if (e.getCause() instanceof TopicExistsException) {
        return false;
      }
      throw e;
    }
  }

  /** Looks a topic up; empty if it does not exist. */
  public Optional<Identity> find(String topic) {
    try {
      TopicDescription description =
          calls.once(
              "describe topic '" + topic + "'",
              admin ->
                  Objects.requireNonNull(
                      admin.describeTopics(List.of(topic)).topicNameValues().get(topic)));
      String cluster =
          calls.ask("describe the cluster", admin -> admin.describeCluster().clusterId());
      return Optional.of(
          new Identity(
              new StreamIdentity(cluster == null ? "" : cluster, description.topicId().toString()),
              description.partitions().size()));
    } catch (FailureException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Looks up a topic that must exist: the events', or one of the job's own. */
  public Identity require(String topic) {
    return require(topic, "events.topic");
  }

  /**
   * Looks up a topic that must exist.
   *
   * @param key that names it
   */
  public Identity require(String topic, String key) {
    return find(topic)
        .orElseThrow(
            () ->
                new FailureException(
                    "topic '%s' does not exist on %s: create it, or correct %s"
                        .formatted(topic, calls.bootstrapServers(), key)));
  }

  /** As {@link #requireSame(String, String, Identity)}, of the events' topic. */
  public Identity requireSame(String topic, Identity before) {
    return requireSame(topic, "events.topic", before);
  }

  /**
   * Looks up a topic that was there before, and waits for one that is not known for the moment.
   *
   * @param key that names it
   * @throws FailureException if it is not there, or is another than it was
   */
  public Identity requireSame(String topic, String key, Identity before) {
    awaitKnown(topic);
    Identity now = require(topic, key);
    before.requireSame(topic, now.stream().topicId());
    return now;
  }

  /** The most bytes that one of the job's own topics takes at a time, records and headers. */
  public int maxMessageBytes(String name) {
    return Integer.parseInt(config(name).get("max.message.bytes").value());
  }

  /** All topic names: a cheap proof that the cluster answers. */
  public Collection<String> list() {
    return calls.ask("list topics", admin -> admin.listTopics(new ListTopicsOptions()).names());
  }

  /** What another process creates at this moment is not known to every broker at once. */
  private void awaitKnown(String name) {
    long deadlineNs = System.nanoTime() + calls.timeout().toNanos();
    while (find(name).isEmpty() && System.nanoTime() < deadlineNs) {
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  private void verify(JobTopics topics, String name, int partitions) {
    OwnTopics.verify(topics, name, require(name).partitions(), partitions, () -> config(name));
  }

  private Config config(String name) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
    return calls.ask(
        "read the settings of topic '" + name + "'",
        admin ->
            Objects.requireNonNull(
                admin.describeConfigs(List.of(resource)).values().get(resource)));
  }
}
