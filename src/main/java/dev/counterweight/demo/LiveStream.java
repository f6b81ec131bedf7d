package dev.counterweight.demo;

import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.protocol.FailureException;
import java.time.Clock;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** A replay on a thread of its own. The other methods are for one other thread. */
final class LiveStream implements AutoCloseable {
  private final Replay replay;
  private final FutureTask<Replay.Result> task;
  private final Thread thread;
  private final long originMs;
  private volatile long published;

  /** Starts at once. */
  LiveStream(Replay.Options options, KafkaClients clients, String bootstrapServers, Clock clock) {
    this.replay =
        new Replay(
            options,
            clients,
            bootstrapServers,
            clock,
            progress -> published = progress.published());
    this.task = new FutureTask<>(replay::run);
    this.thread = new Thread(task, "counterweight-replay");
    this.originMs = clock.millis();
    thread.start();
  }

  /** When the stream began, ms since 1970. */
  long originMs() {
    return originMs;
  }

  /** Events the broker has confirmed. */
  long published() {
    return published;
  }

  /**
   * Whether all is published.
   *
   * @throws FailureException if the replay failed
   */
  boolean finished() throws InterruptedException {
    return task.isDone() && result().published() >= 0;
  }

  /** Ends the replay where it is and says what was published. */
  Replay.Result end() throws InterruptedException {
    replay.stop();
    return result();
  }

  private Replay.Result result() throws InterruptedException {
    try {
      return task.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException failure
          ? failure
          : new FailureException("the replay failed: " + e.getCause(), e.getCause());
    } catch (CancellationException e) {
      throw new FailureException("the replay was cancelled", e);
    }
  }

  @Override
  public void close() throws InterruptedException {
    replay.stop();
    thread.join();
  }
}
