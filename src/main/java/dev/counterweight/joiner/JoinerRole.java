package dev.counterweight.joiner;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.LabelsConfig;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.joining.Fact;
import dev.counterweight.kafka.Cluster;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.letters.ByteRate;
import dev.counterweight.letters.RefusedRecords;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.registry.SchemaRegistry;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RoleContext;
import dev.counterweight.streams.EndsProbe;
import dev.counterweight.streams.TopologyRun;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.common.acl.AclOperation;

/**
 * Joins the events of a topic with the labels that come later on another, exactly once, and writes
 * each event with its label to the topic that counter and sampler read. Owns its clients and the
 * topology's threads.
 */
public final class JoinerRole implements Role {
  private final JobConfig config;
  private final LabelsConfig labels;
  private final JobTopics names;
  private final KafkaClients clients;
  private final MeterRegistry registry;
  private final JoinerMeters metrics;
  private final Clock clock;
  private final boolean stopAtEnd;
  private final OwnJoins own = new OwnJoins();

  /**
   * @param config of a job that has labels on a topic of their own
   * @param stopAtEnd whether to end once everything that is in both topics when {@link #run} begins
   *     is joined
   */
  public JoinerRole(
      JobConfig config,
      KafkaClients clients,
      MeterRegistry registry,
      Clock clock,
      boolean stopAtEnd) {
    this.config = config;
    this.labels = Objects.requireNonNull(config.labels(), "labels.topic is not set");
    this.names = config.topics();
    this.clients = clients;
    this.registry = registry;
    this.metrics =
        new JoinerMeters(registry, config.job(), labels.waitMs() + labels.graceMs(), clock);
    this.clock = clock;
    this.stopAtEnd = stopAtEnd;
  }

  @Override
  public String name() {
    return "joiner";
  }

  @Override
  public String run(RoleContext context) throws Exception {
    context.status(State.STARTING, "connecting");
    String group = names.groupOf(name());
    Cluster cluster = context.own(new Cluster(clients, group + ".admin", config.kafka()));
    WriterSchemas schemas = SchemaRegistry.of(config, name(), registry, context);
    JoiningWork work =
        context.retry().until("begin to join", () -> prepared(context, cluster, schemas));
    new TopologyRun(name(), config.kafka().bootstrapServers(), clients, context, work).run();
    return "joined %d events; %d still wait".formatted(own.joined(), own.waiting());
  }

  /** Looks at everything that joining rests on; may be done again. */
  private JoiningWork prepared(RoleContext context, Cluster cluster, WriterSchemas schemas) {
    TopicSetup topics = cluster.topics();
    cluster.requireRights(rights());
    Sides<TopicSetup.Identity> read =
        new Sides<>(
            topics.require(labels.events().topic()),
            topics.require(labels.labels().topic(), "labels.topic"));
    topics.ensure(names, List.of(names.deadLetters()));
    Routing routing = routing(topics, read);
    cluster.requireRights(routedRights(routing));
    topics.ensure(names, names.labelled(), routing.partitions());
    JoinState state = new JoinState(names, labels, topics, routing, read);
    JoinOffsets offsets = new JoinOffsets(names, labels, clients, cluster.calls(), clock);
    if (!state.exists()) {
      offsets.applyStart(read);
    }
    context.watch(cluster.guard(labels.events().topic(), read.events()));
    context.watch(cluster.guard(labels.labels().topic(), read.labels()));
    RecordSizes sizes =
        RecordSizes.of(topics, names, config.kafka(), labels.events().schema().classes());
    RefusedRecords letters =
        new RefusedRecords(
            names.deadLetters(),
            sizes.letter(),
            new ByteRate(config.sampler().deadLettersMaxRate()),
            clock);
    return new JoiningWork(
        config,
        labels,
        clients,
        context,
        state,
        offsets,
        stopAtEnd ? offsets.end(read) : JoinEnd.NONE,
        new EndsProbe(cluster.calls().client(), clock, probeEvery()),
        new GrowthProbe(cluster.calls().client()),
        sizes,
        letters,
        own,
        schemas,
        metrics);
  }

  /** Where both sides are written again, events stay in as many partitions as they began with. */
  private Routing routing(TopicSetup topics, Sides<TopicSetup.Identity> read) {
    int ofLabels = read.labels().partitions();
    int joined = labels.joinPartitions(read.events().partitions(), ofLabels);
    if (!labels.eventsByRecordKey() && !labels.labelsByRecordKey()) {
      joined = topics.find(names.labelled()).map(TopicSetup.Identity::partitions).orElse(joined);
    }
    return Routing.of(labels, joined, ofLabels);
  }

  private Map<String, Set<AclOperation>> routedRights(Routing routing) {
    Set<AclOperation> all = Set.of(AclOperation.READ, AclOperation.WRITE, AclOperation.DELETE);
    return routing.topics(names.groupOf(name())).stream()
        .collect(Collectors.toMap(topic -> topic, topic -> all));
  }

  /** Often enough that what is over is known an eighth of a look later. */
  private Duration probeEvery() {
    return Duration.ofMillis(Math.max(1, JoinSettings.rules(labels).lookMs() / 8));
  }

  /** /labels: how late labels are, and what waits, in this process. */
  @Override
  public Map<String, Supplier<Optional<String>>> jsonPages() {
    return Map.of("/labels", metrics::page);
  }

  /** What this process joined, and what waits with it. */
  @Override
  public Map<String, Object> summary() {
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("labelled", own.joined() + own.of(Fact.CORRECTED));
    summary.put("matched", own.of(Fact.MATCHED));
    summary.put("unlabelled", own.of(Fact.EXPIRED));
    summary.put("dropped", own.of(Fact.DROPPED));
    summary.put("corrected", own.of(Fact.CORRECTED));
    summary.put("waiting", own.waiting());
    summary.put(
        "labels",
        Map.of(
            "used", own.of(Fact.USED),
            "late", own.of(Fact.LATE),
            "unmatched", own.of(Fact.UNMATCHED),
            "conflicts", own.of(Fact.CONFLICT),
            "duplicates", own.of(Fact.DUPLICATE),
            "discarded", own.of(Fact.OVERFLOWED)));
    return summary;
  }

  /** The internal topics' rights are not all met at once. */
  private Map<String, Set<AclOperation>> rights() {
    Map<String, Set<AclOperation>> rights = new HashMap<>();
    for (EventsConfig side : List.of(labels.events(), labels.labels())) {
      rights.put(side.topic(), Set.of(AclOperation.READ));
    }
    for (String written : List.of(names.labelled(), names.deadLetters())) {
      rights.put(written, Set.of(AclOperation.WRITE, AclOperation.DESCRIBE_CONFIGS));
    }
    JoinerTopology.stateTopics(names.groupOf(name()))
        .forEach(topic -> rights.put(topic, Set.of(AclOperation.READ, AclOperation.WRITE)));
    return rights;
  }
}
