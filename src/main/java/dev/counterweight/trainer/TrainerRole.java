package dev.counterweight.trainer;

import dev.counterweight.checkpoint.CheckpointFolder;
import dev.counterweight.checkpoint.CheckpointStore;
import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.AdminCalls;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.Retry;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.kafka.TopicGuard;
import dev.counterweight.kafka.TopicRights;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.runtime.Role;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.TimeoutException;
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
  private static final Duration ADMIN_TIMEOUT = Duration.ofSeconds(10);

  /** How long a standby waits for the lead, and the lead for a batch, before it looks around. */
  private static final Duration TIMEOUT = Duration.ofMillis(200);

  private final JobConfig config;
  private final KafkaClients clients;
  private final Clock clock;
  private final Ticker ticker = new Ticker(System::nanoTime);
  private final boolean stopAtEnd;
  private final TrainerMeters meters;
  private final Retry retry = new Retry(() -> this.draining);
  private volatile Status status = new Status(State.STARTING, "starting");
  private volatile boolean draining;
  private volatile Map<String, Object> summary;
  private volatile @Nullable TopicGuard guard;
  private @Nullable Admin admin;
  private @Nullable Leadership lead;
  private @Nullable ActiveTrainer leading;
  private boolean finishing;

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
    this.meters =
        new TrainerMeters(registry, config.job(), config.events().schema().classes(), clock);
    this.summary = Map.of();
  }

  @Override
  public String name() {
    return "trainer";
  }

  @Override
  public void run() throws Exception {
    try {
      EndGoal goal = retry.until("begin to train", this::prepare);
      warmUp();
      CheckpointStore store =
          new CheckpointFolder(
              config.trainer().checkpoints().dir(), config.job(), config.instanceId());
      Leadership candidate = new Leadership(clients, config.topics());
      lead = candidate;
      while (!follow(candidate, store, goal)) {
        // Every round either trains on one record or waits a moment for something to do.
      }
      status = new Status(State.DONE, draining ? "drained" : "every event is trained on");
    } catch (Retry.StoppedException e) {
      status = new Status(State.DONE, "drained before it began");
    } catch (Exception e) {
      status = new Status(State.FAILED, String.valueOf(e.getMessage()));
      throw e;
    }
  }

  @Override
  public void drain() {
    draining = true;
  }

  @Override
  public Status status() {
    Status current = status;
    TopicGuard watched = guard;
    Optional<String> waits =
        retry.waiting().or(() -> watched == null ? Optional.empty() : watched.silence());
    return waits.isPresent() && current.state() != State.DONE && current.state() != State.FAILED
        ? new Status(State.WAITING, waits.get())
        : current;
  }

  /**
   * Keys steps (of the job), metrics, and checkpoint where there is one; empty while standing by.
   */
  @Override
  public Map<String, Object> summary() {
    return summary;
  }

  @Override
  public void close() {
    standDown();
    if (lead != null) {
      lead.close();
      lead = null;
    }
    if (admin != null) {
      // Not waiting for questions that nobody answers.
      admin.close(Duration.ofSeconds(1));
      admin = null;
    }
  }

  /** One round; true if the work is done. */
  private boolean follow(Leadership candidate, CheckpointStore store, EndGoal goal)
      throws Exception {
    TopicGuard watched = guard;
    if (watched != null) {
      watched.look();
    }
    try {
      return leading == null
          ? draining || stoodBy(candidate, store, goal)
          : led(leading, candidate, goal);
    } catch (Announcements.LeadLostException e) {
      LOG.debug("an announcement was refused", e);
      loseLead(String.valueOf(e.getMessage()));
      candidate.rejoin();
    } catch (TimeoutException e) {
      if (draining && leading != null) {
        throw new FailureException(
            "what was trained on since the newest checkpoint is not saved: " + e.getMessage(), e);
      }
      LOG.debug("the broker does not answer", e);
      loseLead(String.valueOf(e.getMessage()));
      candidate.rejoin();
    }
    return false;
  }

  private boolean led(ActiveTrainer trainer, Leadership candidate, EndGoal goal) throws Exception {
    if (candidate.poll(finishing ? TIMEOUT : Duration.ZERO)) {
      return work(trainer, goal);
    }
    loseLead("the group gave it to another trainer");
    return false;
  }

  private boolean stoodBy(Leadership candidate, CheckpointStore store, EndGoal goal) {
    status = new Status(State.WAITING, "standing by for the lead");
    if (candidate.poll(TIMEOUT)) {
      status = new Status(State.STARTING, "taking the lead");
      ActiveTrainer trainer =
          new ActiveTrainer(config, clients, store, meters, clock, ticker, candidate::membership);
      leading = trainer;
      trainer.start();
      summarize(trainer);
    }
    return false;
  }

  private boolean work(ActiveTrainer trainer, EndGoal goal) throws Exception {
    boolean reached = trainer.reached(goal);
    if (draining || reached) {
      status = new Status(State.DRAINING, "writing the last checkpoint");
      boolean finished = trainer.finish(reached);
      summarize(trainer);
      finishing = !finished;
      return finished;
    }
    boolean trained = trainer.trainNext(TIMEOUT);
    if (trainer.reportIfDue()) {
      summarize(trainer);
    }
    status =
        trained
            ? new Status(State.RUNNING, "at batch offset " + trainer.position() + trouble(trainer))
            : new Status(State.WAITING, "waiting for batches" + trouble(trainer));
    return false;
  }

  private static String trouble(ActiveTrainer trainer) {
    int failures = trainer.checkpointFailures();
    return failures == 0 ? "" : "; checkpoints failed in a row: " + failures;
  }

  private void summarize(ActiveTrainer trainer) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("steps", trainer.steps());
    all.put("metrics", trainer.metrics());
    if (trainer.newestCheckpoint() != null) {
      all.put("checkpoint", Objects.requireNonNull(trainer.newestCheckpoint()));
    }
    summary = all;
  }

  private void loseLead(String why) {
    LOG.warn(
        "{} of job '{}' has lost the lead at step {}: {}; it announces nothing more, drops what it "
            + "trained since its newest checkpoint, and stands by",
        config.instanceId(),
        config.job(),
        leading == null ? 0 : leading.steps(),
        why);
    standDown();
  }

  /** Leaves the lead to another: nothing is written. */
  private void standDown() {
    finishing = false;
    if (leading != null) {
      leading.close();
      leading = null;
    }
  }

  /** Loads the engine before it is needed: taking the lead over must not wait for seconds. */
  private void warmUp() {
    try (TrainingRun unused = new TrainingRun(config)) {
      LOG.info("the model of job '{}' is trained on {}", config.job(), unused.device());
    }
  }

  private EndGoal prepare() {
    JobTopics topics = config.topics();
    Admin asked = admin();
    AdminCalls calls = new AdminCalls(asked, ADMIN_TIMEOUT, config.kafka());
    TopicSetup setup = new TopicSetup(calls);
    new TopicRights(calls).require(rights(topics));
    TopicSetup.Identity events = setup.require(topics.events());
    setup.ensure(topics, List.of(topics.batches(), topics.checkpoints(), topics.metrics()));
    String predictions = config.trainer().serving().predictionsTopic();
    if (predictions != null && setup.find(predictions).isEmpty()) {
      setup.create(predictions, 1, Map.of());
    }
    guard = new TopicGuard(asked, topics.batches(), setup.require(topics.batches()));
    return stopAtEnd
        ? EndGoal.of(calls, topics.events(), events.partitions(), topics.batches())
        : EndGoal.NONE;
  }

  private Admin admin() {
    Admin made = admin;
    if (made == null) {
      made = clients.admin(config.topics().groupOf("trainer") + ".admin");
      admin = made;
    }
    return made;
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
