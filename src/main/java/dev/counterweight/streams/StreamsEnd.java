package dev.counterweight.streams;

import dev.counterweight.kafka.NoAnswerException;
import dev.counterweight.kafka.Retry;
import dev.counterweight.protocol.FailureException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits until the threads of a topology have ended. Nothing is started beside them: two would share
 * a group, a state folder and what they take in. Not thread-safe.
 */
final class StreamsEnd {
  private static final Logger LOG = LoggerFactory.getLogger(StreamsEnd.class);

  /** How long the topology may take to stop before that is said. */
  private static final Duration STOPPING = Duration.ofSeconds(10);

  private static final int ATTEMPTS_TO_DRAIN = 3;

  /** A thread that takes longer, and waits for no broker, hangs. */
  static final int ATTEMPTS_AFTER_FAILURE = 6;

  private final String role;
  private final String bootstrapServers;
  private final Retry retry;
  private final BooleanSupplier draining;

  /**
   * @param role whose topology it is
   */
  StreamsEnd(String role, String bootstrapServers, Retry retry, BooleanSupplier draining) {
    this.role = role;
    this.bootstrapServers = bootstrapServers;
    this.retry = retry;
    this.draining = draining;
  }

  /**
   * Waits, as long as a broker is away where the threads wait for that.
   *
   * @param closed whether they have ended within a time; asked again
   * @param failure that ended the topology, if one did
   * @throws NoAnswerException if a broker is away and the role is to stop
   * @throws FailureException if they hang
   */
  void await(Predicate<Duration> closed, Optional<Throwable> failure) {
    boolean failed = failure.isPresent() && !Retry.isNoAnswer(failure.get());
    for (int attempt = 1; !closed.test(STOPPING); attempt++) {
      if (failed) {
        awaitHanging(attempt, failure.get());
        continue;
      }
      NoAnswerException late =
          new NoAnswerException(
              "its threads wait for bootstrap.servers=%s, which does not answer; what is not committed is done again at the next start"
                  .formatted(bootstrapServers),
              null);
      if (draining.getAsBoolean() && attempt >= ATTEMPTS_TO_DRAIN) {
        throw late;
      }
      retry.unanswered("stop the " + role + "'s topology to start it anew", late);
    }
  }

  private void awaitHanging(int attempt, Throwable failure) {
    long seconds = attempt * STOPPING.toSeconds();
    if (attempt >= ATTEMPTS_AFTER_FAILURE) {
      throw new FailureException(
          "the %s failed (%s) and its threads have not ended for %d s: start it again; what is committed stays"
              .formatted(role, failure.getMessage(), seconds),
          failure);
    }
    LOG.warn("the {}'s threads have not ended for {} s: waiting for them", role, seconds);
  }
}
