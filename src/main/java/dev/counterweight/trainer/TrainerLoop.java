package dev.counterweight.trainer;

import dev.counterweight.checkpoint.CheckpointFolder;
import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.runtime.Role.State;
import dev.counterweight.runtime.RoleContext;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains while this trainer has the lead, and stands by for it while another has. Owned by the
 * role's thread, but for {@link #summary}.
 */
final class TrainerLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TrainerLoop.class);

  /** How long a standby waits for the lead, and the lead for a batch, before it looks around. */
  private static final Duration TIMEOUT = Duration.ofMillis(200);

  private final JobConfig config;
  private final KafkaClients clients;
  private final RoleContext context;
  private final Leadership lead;
  private final CheckpointFolder store;
  private final EndGoal goal;
  private final TrainerMeters meters;
  private final Clock clock;
  private final Ticker ticker;
  private final Function<BatchLog, BatchSource> reading;
  private volatile Map<String, Object> summary = Map.of();
  private @Nullable ActiveTrainer leading;
  private boolean finishing;

  TrainerLoop(
      JobConfig config,
      KafkaClients clients,
      RoleContext context,
      Leadership lead,
      CheckpointFolder store,
      EndGoal goal,
      TrainerMeters meters,
      Clock clock) {
    this(
        config,
        clients,
        context,
        lead,
        store,
        goal,
        meters,
        clock,
        new Ticker(System::nanoTime),
        BatchReader::new);
  }

  /** The same by another time, and with other readers of the batch log. */
  TrainerLoop(
      JobConfig config,
      KafkaClients clients,
      RoleContext context,
      Leadership lead,
      CheckpointFolder store,
      EndGoal goal,
      TrainerMeters meters,
      Clock clock,
      Ticker ticker,
      Function<BatchLog, BatchSource> reading) {
    this.config = config;
    this.clients = clients;
    this.context = context;
    this.lead = lead;
    this.store = store;
    this.goal = goal;
    this.meters = meters;
    this.clock = clock;
    this.ticker = ticker;
    this.reading = reading;
  }

  /** Runs until the goal is reached or the role is to drain, and all is saved. */
  void run() throws Exception {
    while (!done()) {
      // Every round either trains on one record or waits a moment for something to do.
    }
  }

  /** Keys steps (of the job), metrics, and checkpoint where there is one; from any thread. */
  Map<String, Object> summary() {
    return summary;
  }

  /** One round; true if the work is done. */
  boolean done() throws Exception {
    context.look();
    try {
      if (leading != null) {
        return led(leading);
      }
      if (context.isDraining()) {
        return true;
      }
      standBy();
    } catch (Announcements.LeadLostException e) {
      LOG.debug("an announcement was refused", e);
      loseLead(String.valueOf(e.getMessage()));
      lead.rejoin();
    } catch (TimeoutException e) {
      if (context.isDraining() && leading != null) {
        throw new FailureException(
            "what was trained on since the newest checkpoint is not saved: " + e.getMessage(), e);
      }
      LOG.debug("the broker does not answer", e);
      loseLead(String.valueOf(e.getMessage()));
      lead.rejoin();
    }
    return false;
  }

  private boolean led(ActiveTrainer trainer) throws Exception {
    if (lead.poll(finishing ? TIMEOUT : Duration.ZERO)) {
      return work(trainer);
    }
    loseLead("the group gave it to another trainer");
    return false;
  }

  private void standBy() {
    context.status(State.WAITING, "standing by for the lead");
    if (lead.poll(TIMEOUT)) {
      context.status(State.STARTING, "taking the lead");
      ActiveTrainer trainer =
          new ActiveTrainer(
              config, clients, store, meters, clock, ticker, lead::membership, reading);
      leading = trainer;
      summary = trainer.summary();
    }
  }

  private boolean work(ActiveTrainer trainer) throws Exception {
    boolean reached = trainer.reached(goal);
    if (context.isDraining() || reached) {
      context.status(State.DRAINING, "writing the last checkpoint");
      boolean finished = trainer.finish(reached);
      summary = trainer.summary();
      finishing = !finished;
      return finished;
    }
    boolean trained = trainer.trainNext(TIMEOUT);
    if (trainer.reportIfDue()) {
      summary = trainer.summary();
    }
    context.status(trained ? State.RUNNING : State.WAITING, trainer.doing(trained));
    return false;
  }

  private void loseLead(String why) {
    LOG.warn(
        "{} of job '{}' has lost the lead at step {}: {}; it announces nothing more, drops what it "
            + "trained since its newest checkpoint, and stands by",
        config.instanceId(),
        config.job(),
        leading == null ? 0 : leading.steps(),
        why);
    close();
  }

  /** Leaves the lead to another: nothing is written. */
  @Override
  public void close() {
    finishing = false;
    if (leading != null) {
      leading.close();
      leading = null;
    }
  }
}
