package dev.counterweight.trainer;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.Cluster;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RoleContext;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.acl.AclOperation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains a job's model from its batch log. Of several trainers of a job one has the lead and works;
 * the others stand by and take over within seconds of its end, from its newest checkpoint.
 *
 * <p>What a trainer does is a function of the batch log: killed anywhere and started again, it ends
 * with the model of a run that was never interrupted, on one kind of processor byte for byte.
 */
public final class TrainerRole implements Role {
  private static final Logger LOG = LoggerFactory.getLogger(TrainerRole.class);

  private final JobConfig config;
  private final KafkaClients clients;
  private final Clock clock;
  private final boolean stopAtEnd;
  private final TrainerMeters meters;
  private volatile @Nullable TrainerLoop loop;

  /**
   * A trainer, not yet started.
   *
   * @param stopAtEnd whether {@link #run} returns once every event was trained on that stood in the
   *     topic when the run began
   */
  public TrainerRole(
      JobConfig config,
      KafkaClients clients,
      MeterRegistry registry,
      Clock clock,
      boolean stopAtEnd) {
    this.config = config;
    this.clients = clients;
    this.clock = clock;
    this.stopAtEnd = stopAtEnd;
    this.meters = new TrainerMeters(registry, config.job(), config.events().schema(), clock);
  }

  @Override
  public String name() {
    return "trainer";
  }

  @Override
  public String run(RoleContext context) throws Exception {
    JobTopics topics = config.topics();
    Cluster cluster =
        context.own(new Cluster(clients, topics.groupOf("trainer") + ".admin", config.kafka()));
    if (topics.joins() && !context.awaitTopic(cluster.topics(), topics.events(), "joiner")) {
      return RoleContext.NOT_BEGUN;
    }
    EndGoal goal = context.retry().until("begin to train", () -> prepared(context, cluster));
    warmUp();
    TrainerLoop.Parts parts =
        new TrainerLoop.Parts(
            config,
            clients,
            Checkpoints.store(config),
            meters,
            clock,
            new Ticker(System::nanoTime),
            BatchReader::new);
    Leadership lead = context.own(new Leadership(clients, topics));
    TrainerLoop trainers = context.own(new TrainerLoop(parts, context, lead, goal));
    loop = trainers;
    trainers.run();
    return context.isDraining() ? "drained" : "every event is trained on";
  }

  /**
   * Keys steps (of the job), metrics, and checkpoint where there is one; empty while standing by.
   */
  @Override
  public Map<String, Object> summary() {
    TrainerLoop trainers = loop;
    return trainers == null ? Map.of() : trainers.summary();
  }

  /** Loads the engine before it is needed: taking the lead over must not wait for seconds. */
  private void warmUp() {
    try (TrainingRun unused = new TrainingRun(config)) {
      LOG.info("the model of job '{}' is trained on {}", config.job(), unused.device());
    }
  }

  /** Looks at every topic that training rests on; may be done again. */
  private EndGoal prepared(RoleContext context, Cluster cluster) {
    JobTopics topics = config.topics();
    TopicSetup setup = cluster.topics();
    cluster.requireRights(rights(topics));
    TopicSetup.Identity events = setup.require(topics.events());
    setup.ensure(topics, List.of(topics.batches(), topics.checkpoints(), topics.metrics()));
    String predictions = config.trainer().serving().predictionsTopic();
    if (predictions != null && setup.find(predictions).isEmpty()) {
      setup.create(predictions, 1, Map.of());
    }
    context.watch(cluster.guard(topics.batches(), setup.require(topics.batches())));
    return stopAtEnd
        ? EndGoal.of(cluster.calls(), topics.events(), events.partitions(), topics.batches())
        : EndGoal.NONE;
  }

  private static Map<String, Set<AclOperation>> rights(JobTopics topics) {
    return Map.of(
        topics.events(),
        Set.of(AclOperation.DESCRIBE),
        topics.batches(),
        Set.of(AclOperation.READ, AclOperation.DESCRIBE_CONFIGS),
        topics.checkpoints(),
        Set.of(AclOperation.READ, AclOperation.WRITE, AclOperation.DESCRIBE_CONFIGS),
        topics.metrics(),
        Set.of(AclOperation.WRITE, AclOperation.DESCRIBE_CONFIGS));
  }
}
