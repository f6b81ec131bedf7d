package dev.counterweight.scorer;

import dev.counterweight.checkpoint.ModelLoader;
import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.ScoresHttpConfig;
import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.inference.InferenceServer;
import dev.counterweight.inference.ModelSource;
import dev.counterweight.kafka.Cluster;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.letters.ByteRate;
import dev.counterweight.letters.RefusedRecords;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.registry.SchemaRegistry;
import dev.counterweight.runtime.JobMeters;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RoleContext;
import dev.counterweight.serving.ServedModel;
import dev.counterweight.streams.KafkaInputOffsets;
import dev.counterweight.streams.TopologyRun;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.acl.AclOperation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Scores the events of a topic as they come, each exactly once, by the newest checkpoint that it
 * may take, which is swapped between two events. Owns its clients, the topology's threads, and the
 * follower of checkpoints.
 */
public final class ScorerRole implements Role {
  private static final Logger LOG = LoggerFactory.getLogger(ScorerRole.class);
  private static final Duration LOOK = Duration.ofMillis(200);

  /** For a cluster that answers; while it does not it is asked again. */
  private static final Duration SETTLING = Duration.ofSeconds(30);

  private final JobConfig config;
  private final JobTopics names;
  private final KafkaClients clients;
  private final MeterRegistry registry;
  private final ModelLoader loader;
  private final ScorerMeters metrics;
  private final Clock clock;
  private final boolean stopAtEnd;
  private final OwnScores own = new OwnScores();
  private volatile @Nullable CheckpointFollower follower;
  private volatile @Nullable InferenceServer server;

  /**
   * @param loader makes the models of checkpoints
   * @param stopAtEnd whether to end once everything that is in the topic when {@link #run} begins
   *     is scored, by the model that there is then
   */
  public ScorerRole(
      JobConfig config,
      KafkaClients clients,
      MeterRegistry registry,
      ModelLoader loader,
      Clock clock,
      boolean stopAtEnd) {
    this.config = config;
    this.names = config.topics();
    this.clients = clients;
    this.registry = registry;
    this.loader = loader;
    this.metrics = new ScorerMeters(registry, config.job(), config.events().schema().classes());
    this.clock = clock;
    this.stopAtEnd = stopAtEnd;
  }

  @Override
  public String name() {
    return "scorer";
  }

  @Override
  public String run(RoleContext context) throws Exception {
    // First of all: who asks before there is a model is told so.
    InferenceServer answering = served(context);
    server = answering;
    context.status(State.STARTING, "connecting");
    Cluster cluster =
        context.own(new Cluster(clients, names.groupOf(name()) + ".admin", config.kafka()));
    context.retry().until("begin to score", () -> cluster.requireRights(rights()));
    if (stopAtEnd && cluster.topics().find(names.checkpoints()).isEmpty()) {
      throw noModel(); // where no trainer has ever run there is nothing to follow
    }
    if (!context.awaitTopic(cluster.topics(), names.checkpoints(), "trainer")) {
      return RoleContext.NOT_BEGUN;
    }
    CheckpointFollower following =
        context.own(new CheckpointFollower(config, clients, loader, registry, clock)).start();
    follower = following;
    if (answering != null) {
      context.own(answering); // closed before the models that it answers by
    }
    if (!awaitModel(context, following)) {
      return RoleContext.NOT_BEGUN;
    }
    EventsConfig events = config.scorer().events();
    if (events == null) {
      return answered(context, following);
    }
    WriterSchemas schemas = SchemaRegistry.of(config, name(), registry, context);
    ScoringWork work =
        context
            .retry()
            .until("begin to score", () -> prepared(context, cluster, events, following, schemas));
    new TopologyRun(name(), config.kafka().bootstrapServers(), clients, context, work).run();
    return "scored " + own.scored() + " events";
  }

  /** What answers requests; null where none are. */
  private @Nullable InferenceServer served(RoleContext context) {
    ScoresHttpConfig http = config.scorer().http();
    if (http == null) {
      return null;
    }
    InferenceServer started =
        context.own(
            InferenceServer.start(
                http,
                config.job(),
                config.events().format() == EventFormat.JSON
                    ? config.events().schema().envelope()
                    : EventSchema.Envelope.NONE,
                new Requested(),
                new JobMeters(registry, config.job())));
    LOG.info("job '{}': scores are answered on {}", config.job(), started.url());
    return started;
  }

  /** The models as requests see them: none until checkpoints are followed. */
  private final class Requested implements ModelSource {
    @Override
    public List<ServedModel> loaded() {
      return Optional.ofNullable(follower).map(now -> now.models().loaded()).orElse(List.of());
    }

    @Override
    public Optional<String> obstacle() {
      return unready();
    }
  }

  /** Where requests are answered; empty before they are. */
  public Optional<String> address() {
    return Optional.ofNullable(server).map(InferenceServer::url);
  }

  /** Waits for the first model; whether it has come before the role is to drain. */
  private boolean awaitModel(RoleContext context, CheckpointFollower following)
      throws InterruptedException {
    context.status(State.WAITING, "waiting for the first checkpoint");
    long deadlineNs = System.nanoTime() + SETTLING.toNanos();
    while (following.models().current() == null) {
      boolean settled = following.awaitSettled(LOOK);
      if (following.models().current() != null) {
        return true;
      }
      if (stopAtEnd && (settled || System.nanoTime() - deadlineNs >= 0)) {
        throw noModel();
      }
      if (context.awaitDraining(settled ? LOOK : Duration.ZERO)) {
        return false;
      }
    }
    return true;
  }

  private FailureException noModel() {
    return new FailureException(
        "job '%s' has no checkpoint that can be scored by: nothing is announced on topic '%s' that could be read from checkpoint.dir=%s: let the trainer write one first, or let the scorer see that folder"
            .formatted(config.job(), names.checkpoints(), config.trainer().checkpoints().dir()));
  }

  /** Only requests are answered: until the role is to drain. */
  private static String answered(RoleContext context, CheckpointFollower following)
      throws InterruptedException {
    do {
      following.requireFollowing();
      ServedModel model = following.models().current();
      long step = model == null ? 0 : model.id().step();
      context.status(State.RUNNING, "answers requests, by step %d now".formatted(step));
    } while (!context.awaitDraining(LOOK));
    return "answered requests";
  }

  /** Looks at everything that scoring rests on; may be done again. */
  private ScoringWork prepared(
      RoleContext context,
      Cluster cluster,
      EventsConfig events,
      CheckpointFollower following,
      WriterSchemas schemas) {
    TopicSetup topics = cluster.topics();
    TopicSetup.Identity source = topics.require(events.topic(), "scores.events.topic");
    topics.ensure(names, List.of(names.deadLetters()));
    topics.ensure(names, names.scores(), source.partitions());
    KafkaInputOffsets offsets =
        new KafkaInputOffsets(
            clients, cluster.calls(), events.topic(), names.groupOf(name()), partition -> false);
    offsets.applyStart(events.start(), source.partitions());
    context.watch(cluster.guard(events.topic(), source));
    ScoreSizes sizes = ScoreSizes.of(topics, names, config.kafka());
    ScorerSettings settings =
        new ScorerSettings(
            names,
            events,
            following.models(),
            schemas,
            config.scorer().reasons(),
            sizes.score(),
            config.sources().stream().anyMatch(other -> other.topic().equals(events.topic())),
            events.topic().equals(config.events().topic()) ? following.freshness() : null,
            offsets,
            own,
            new RefusedRecords(
                names.deadLetters(),
                sizes.letter(),
                new ByteRate(config.sampler().deadLettersMaxRate()),
                clock),
            metrics);
    SortedMap<Integer, Long> end =
        stopAtEnd
            ? offsets.ends(source.partitions(), IsolationLevel.READ_COMMITTED)
            : new TreeMap<>();
    return new ScoringWork(
        settings,
        following::requireFollowing,
        topics,
        source,
        offsets,
        end,
        sizes.request(),
        context);
  }

  /** What keeps the role from answering as it should. */
  @Override
  public Optional<String> unready() {
    CheckpointFollower following = follower;
    return following == null || following.models().current() == null
        ? Optional.of("the scorer has no model yet")
        : following.stale();
  }

  /** /scoring: by which checkpoint this process answers, and what it scored. */
  @Override
  public Map<String, Supplier<Optional<String>>> jsonPages() {
    return Map.of(
        "/scoring",
        () ->
            Optional.ofNullable(follower)
                .map(now -> ScorerPage.of(own, metrics.lag(), now.models(), now.meters())));
  }

  /** What this process scored. */
  @Override
  public Map<String, Object> summary() {
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("scores", own.scored());
    summary.put("scores_dead_letters", own.refused());
    return summary;
  }

  /** HTTP alone needs no right on any topic of events. */
  private Map<String, Set<AclOperation>> rights() {
    Map<String, Set<AclOperation>> rights = new HashMap<>();
    rights.put(names.checkpoints(), Set.of(AclOperation.READ));
    EventsConfig events = config.scorer().events();
    if (events != null) {
      rights.put(events.topic(), Set.of(AclOperation.READ));
      for (String written : List.of(names.scores(), names.deadLetters())) {
        rights.put(written, Set.of(AclOperation.WRITE, AclOperation.DESCRIBE_CONFIGS));
      }
    }
    return rights;
  }
}
