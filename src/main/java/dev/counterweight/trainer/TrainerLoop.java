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

  /**
   * What a trainer works with.
   *
   * @param reading makes what reads the batch log, which is its own from then on
   */
  record Parts(
      JobConfig config,
      KafkaClients clients,
      CheckpointFolder store,
      TrainerMeters meters,
      Clock clock,
      Ticker ticker,
      Function<BatchLog, BatchSource> reading) {}

  private final Parts parts;
  private final RoleContext context;
  private final Leadership lead;
  private final EndGoal goal;
  private volatile Map<String, Object> summary = Map.of();
  private @Nullable ActiveTrainer leading;
  private boolean finishing;

  TrainerLoop(Parts parts, RoleContext context, Leadership lead, EndGoal goal) {
    this.parts = parts;
    this.context = context;
    this.lead = lead;
    this.goal = goal;
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
      ActiveTrainer trainer = new ActiveTrainer(parts, lead::membership);
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
        parts.config().instanceId(),
        parts.config().job(),
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
