package dev.counterweight.kafka;

import dev.counterweight.protocol.FailureException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for a broker that is away: what it does not answer in time is asked again, until it answers
 * or the role is to stop. Says so once, then once a minute, and when it is over. Thread-safe if its
 * condition is.
 */
public final class Retry {
  private static final Logger LOG = LoggerFactory.getLogger(Retry.class);
  private static final Duration GRACE = Duration.ofSeconds(20);

  private final BooleanSupplier stop;
  private final Duration grace;
  private final LongSupplier nanos;
  private final LongConsumer pause;
  private final Outage outage;

  /** The role was to stop before there was an answer. */
  public static final class StoppedException extends FailureException {
    private static final long serialVersionUID = 1L;

    StoppedException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * @param stop whether to give up
   */
  public Retry(BooleanSupplier stop) {
    this(stop, GRACE);
  }

  /**
   * @param stop whether to give up
   * @param grace for how long what is under way is tried on then
   */
  public Retry(BooleanSupplier stop, Duration grace) {
    this(stop, grace, System::nanoTime, LockSupport::parkNanos);
  }

  /**
   * @param nanos such as {@link System#nanoTime}
   * @param pause waits for so many nanoseconds
   */
  Retry(BooleanSupplier stop, Duration grace, LongSupplier nanos, LongConsumer pause) {
    this.stop = stop;
    this.grace = grace;
    this.nanos = nanos;
    this.pause = pause;
    this.outage = new Outage(LOG, "Kafka", nanos);
  }

  /**
   * Whether an error of a client that goes on by itself says no more than that the cluster did not
   * answer, or cannot for now. That a topic is not known may be so for a while after an outage;
   * whether it is still there must be seen to elsewhere.
   */
  public static boolean isNoAnswer(@Nullable Throwable error) {
    return Causes.any(NoAnswerException.class, error)
        || Causes.any(RetriableException.class, error);
  }

  /**
   * Makes a call that ends what is under way until it is answered. Where the role is to stop it is
   * made again for some seconds still: given up at the first silence, work would be lost that the
   * next attempt saves.
   *
   * @throws StoppedException if it is not answered in these seconds
   */
  public void untilDone(String what, Runnable call) {
    until(what, grace, answering(call));
  }

  /**
   * The answer to a call, however long that takes: a result, or an error that will not pass by
   * itself. That a topic is not known is such an error.
   *
   * @param what cannot be done while there is none, for messages
   * @param call may be made again after it timed out
   * @throws StoppedException if there is none before the role is to stop
   */
  public <T> T until(String what, Supplier<T> call) {
    return until(what, Duration.ZERO, call);
  }

  /** The same for a call without a result. */
  public void until(String what, Runnable call) {
    until(what, Duration.ZERO, answering(call));
  }

  private static Supplier<Boolean> answering(Runnable call) {
    return () -> {
      call.run();
      return true;
    };
  }

  private <T> T until(String what, Duration grace, Supplier<T> call) {
    long stoppingSinceNs = 0;
    boolean stopping = false;
    for (int attempt = 1; ; attempt++) {
      long askedNs = nanos.getAsLong();
      try {
        T answer = call.get();
        answered();
        return answer;
      } catch (RetriableException | NoAnswerException e) {
        if (e instanceof UnknownTopicOrPartitionException) {
          throw e; // an answer: it may have been deleted
        }
        if (!stopping && stop.getAsBoolean()) {
          stopping = true;
          stoppingSinceNs = nanos.getAsLong();
        }
        if (stopping && nanos.getAsLong() - stoppingSinceNs >= grace.toNanos()) {
          throw new StoppedException(
              "cannot %s: no answer in %d attempts: %s".formatted(what, attempt, e.getMessage()),
              e);
        }
        await(what, e, askedNs);
      }
    }
  }

  /** Takes note that something had no answer, and waits a moment, longer each time. */
  public void unanswered(String what, Throwable error) {
    await(what, error, nanos.getAsLong());
  }

  private void await(String what, Throwable error, long askedNs) {
    String message = error.getMessage();
    String why =
        message == null ? error.getClass().getSimpleName() : message.lines().findFirst().orElse("");
    pause.accept(outage.noted(what, why, askedNs).toNanos());
  }

  /** Takes note that the cluster answers. */
  public void answered() {
    outage.over();
  }

  /** What is waited for, in words for a status; empty while nothing is. */
  public Optional<String> waiting() {
    return outage.waiting();
  }
}
