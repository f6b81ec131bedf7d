package dev.counterweight.judge;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.LabelsConfig;
import dev.counterweight.judging.Fate;
import dev.counterweight.judging.JudgingRules;
import dev.counterweight.kafka.Cluster;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RoleContext;
import dev.counterweight.streams.EndsProbe;
import dev.counterweight.streams.TopologyRun;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.common.acl.AclOperation;

/**
 * Judges the scores that were served by the labels that come later: each event once, exactly. Owns
 * its clients and the topology's threads.
 */
public final class JudgeRole implements Role {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long LEAST_SLACK_MS = Duration.ofMinutes(1).toMillis();
  private static final Duration PROBE_EVERY = Duration.ofSeconds(1);

  private final JobConfig config;
  private final LabelsConfig labels;
  private final JobTopics names;
  private final List<String> classes;
  private final KafkaClients clients;
  private final JudgeMeters metrics;
  private final Clock clock;

  /**
   * @param config of a job whose scores are {@link #judges judged}
   */
  public JudgeRole(JobConfig config, KafkaClients clients, MeterRegistry registry, Clock clock) {
    this.config = config;
    this.labels = Objects.requireNonNull(config.labels(), "labels.topic is not set");
    this.names = config.topics();
    this.classes = config.events().schema().classes();
    this.clients = clients;
    this.metrics = new JudgeMeters(registry, config.job(), classes);
    this.clock = clock;
  }

  /** Whether a job's scores are judged: those of the events that labels come for later. */
  public static boolean judges(JobConfig config) {
    EventsConfig scored = config.scorer().events();
    return scored != null
        && config.labels() != null
        && scored.topic().equals(config.labels().events().topic());
  }

  @Override
  public String name() {
    return "judge";
  }

  @Override
  public String run(RoleContext context) throws Exception {
    context.status(State.STARTING, "connecting");
    Cluster cluster =
        context.own(new Cluster(clients, names.groupOf(name()) + ".admin", config.kafka()));
    if (!context.awaitTopic(cluster.topics(), names.labelled(), "joiner")
        || !context.awaitTopic(cluster.topics(), names.scores(), "scorer")) {
      return RoleContext.NOT_BEGUN;
    }
    JudgingWork work = context.retry().until("begin to judge", () -> prepared(context, cluster));
    new TopologyRun(name(), config.kafka().bootstrapServers(), clients, context, work).run();
    return "judged %d scores; %d still wait".formatted(metrics.of(Fate.JUDGED), metrics.waiting());
  }

  /** Looks at everything that judging rests on; may be done again. */
  private JudgingWork prepared(RoleContext context, Cluster cluster) {
    TopicSetup topics = cluster.topics();
    boolean routed = !labels.eventsByRecordKey();
    cluster.requireRights(rights(routed));
    TopicSetup.Identity scores = topics.require(names.scores(), "job");
    TopicSetup.Identity labelled = topics.require(names.labelled(), "job");
    context.watch(cluster.guard(names.scores(), scores));
    context.watch(cluster.guard(names.labelled(), labelled));
    return new JudgingWork(
        names,
        classes,
        rules(labels),
        clients,
        cluster.calls(),
        context,
        new JudgeState(names, topics, routed, scores, labelled),
        new EndsProbe(cluster.calls().client(), clock, PROBE_EVERY),
        stateDir(config, labels),
        metrics);
  }

  /**
   * A score is kept as long as its label may take: what the joiner waits, and a while for that it
   * is behind.
   */
  static JudgingRules rules(LabelsConfig labels) {
    long slackMs = Math.max(LEAST_SLACK_MS, labels.graceMs());
    return new JudgingRules(
        labels.waitMs() + labels.graceMs() + labels.correctForMs() + slackMs,
        JudgingRules.MOST_TRUTHS);
  }

  private static Path stateDir(JobConfig config, LabelsConfig labels) {
    Path own = config.scorer().stateDir();
    return own == null ? labels.stateDir() : own;
  }

  /** The internal topics' rights are not all met at once. */
  private Map<String, Set<AclOperation>> rights(boolean routed) {
    Map<String, Set<AclOperation>> rights = new HashMap<>();
    rights.put(names.scores(), Set.of(AclOperation.READ));
    rights.put(names.labelled(), Set.of(AclOperation.READ));
    Set<AclOperation> all = Set.of(AclOperation.READ, AclOperation.WRITE);
    rights.put(JudgeTopology.changelog(names), all);
    if (routed) {
      rights.put(
          JudgeTopology.labels(names, true),
          Set.of(AclOperation.READ, AclOperation.WRITE, AclOperation.DELETE));
    }
    return rights;
  }

  /** Nothing is scored worse without it: no answer may end because the answers are not judged. */
  @Override
  public boolean outlived() {
    return true;
  }

  /** /served: what was served, judged so far by this process's part of the labels. */
  @Override
  public Map<String, Supplier<Optional<String>>> jsonPages() {
    return Map.of("/served", this::page);
  }

  private Optional<String> page() {
    Map<String, Object> figures = figures();
    figures.putAll(metrics.more());
    try {
      return metrics.of(Fate.JUDGED) + metrics.waiting() == 0
          ? Optional.empty()
          : Optional.of(JSON.writeValueAsString(figures));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("figures that JSON cannot hold", e);
    }
  }

  /** Of the partitions that this process has, since the job began. */
  @Override
  public Map<String, Object> summary() {
    return Map.of("served", figures());
  }

  private Map<String, Object> figures() {
    Map<String, Object> figures = new LinkedHashMap<>();
    for (Fate fate : Fate.values()) {
      figures.put(fate.name().toLowerCase(Locale.ROOT), metrics.of(fate));
    }
    figures.put("waiting", metrics.waiting());
    figures.putAll(metrics.known());
    figures.put("recall", metrics.recalls());
    return figures;
  }
}
