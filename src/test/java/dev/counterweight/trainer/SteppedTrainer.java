package dev.counterweight.trainer;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.runtime.RoleContext;
import dev.counterweight.runtime.RoleContexts;
import dev.counterweight.trainer.BatchLog.Batch;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A trainer's loop a round at a time, the batch log read in the caller's thread. Not thread-safe.
 */
public final class SteppedTrainer implements AutoCloseable {
  private static final int MOST_LAST_ROUNDS = 50;

  private final RoleContext context = RoleContexts.fresh();
  private final Leadership lead;
  private final TrainerLoop loop;

  public SteppedTrainer(
      JobConfig config, KafkaClients clients, Clock clock, Ticker ticker, MeterRegistry registry) {
    lead = new Leadership(clients, config.topics());
    loop =
        new TrainerLoop(
            new TrainerLoop.Parts(
                config,
                clients,
                Checkpoints.store(config),
                new TrainerMeters(registry, config.job(), config.events().schema(), clock),
                clock,
                ticker,
                Unthreaded::new),
            context,
            lead,
            EndGoal.NONE);
  }

  /** A round; true if the work is done. */
  public boolean turn() {
    try {
      return loop.done();
    } catch (RuntimeException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Saves what is not yet in a checkpoint, and leaves. */
  public void leave() {
    RoleContexts.drain(context);
    for (int n = 0; n < MOST_LAST_ROUNDS && !turn(); n++) {
      // the group may be in motion
    }
    close();
  }

  @Override
  public void close() {
    loop.close();
    lead.close();
  }

  private record Unthreaded(BatchLog log) implements BatchSource {
    @Override
    public @Nullable Batch next(Duration timeout) {
      return log.next(timeout);
    }

    @Override
    public long position() {
      return log.position();
    }

    @Override
    public long lag() {
      return log.lag();
    }

    @Override
    public boolean exhausted() {
      return log.exhausted();
    }

    @Override
    public void close() {
      log.close();
    }
  }
}
