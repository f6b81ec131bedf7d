package dev.counterweight.streams;

import dev.counterweight.kafka.AccessProblem;
import dev.counterweight.kafka.Causes;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.NoAnswerException;
import dev.counterweight.kafka.Retry;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.runtime.Role.State;
import dev.counterweight.runtime.RoleContext;
import dev.counterweight.streams.TopologyWork.Attempt;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a role's topology until its work is done, and starts it anew where Kafka Streams must be
 * told: when something has to be seen to first, when retention has overtaken it, and when a broker
 * was away for longer than Kafka Streams waits. Not thread-safe.
 */
public final class TopologyRun {
  private static final Logger LOG = LoggerFactory.getLogger(TopologyRun.class);
  private static final Duration PAUSE = Duration.ofMillis(500);

  private final String role;
  private final String bootstrapServers;
  private final KafkaClients clients;
  private final RoleContext context;
  private final TopologyWork work;
  private final Restarts restarts = new Restarts(System::nanoTime);

  /**
   * @param role its name, for messages
   * @param bootstrapServers where the cluster is, for messages
   */
  public TopologyRun(
      String role,
      String bootstrapServers,
      KafkaClients clients,
      RoleContext context,
      TopologyWork work) {
    this.role = role;
    this.bootstrapServers = bootstrapServers;
    this.clients = clients;
    this.context = context;
    this.work = work;
  }

  /**
   * Runs until the work is done or the role is to drain.
   *
   * @throws FailureException if no further start is of any use
   */
  public void run() {
    boolean again = true;
    while (again) {
      Optional<Throwable> failure = attempt();
      again = failure.isPresent() && goesOnAfter(failure.get());
      if (failure.isPresent() && !again) {
        throw failed(failure.get());
      }
    }
  }

  /** Runs until the work is done, or something must be seen to first. */
  private Optional<Throwable> attempt() {
    try (Attempt attempt = work.begin()) {
      Optional<Throwable> failure = follow(attempt);
      attempt.ended();
      return failure;
    } catch (RuntimeException e) {
      return Optional.of(e);
    } catch (Exception e) {
      return Optional.of(new FailureException("cannot close what the " + role + " had", e));
    }
  }

  private Optional<Throwable> follow(Attempt attempt) {
    RunningTopology topology = new RunningTopology(clients, attempt.plan());
    Optional<Throwable> failure;
    try {
      failure = follow(attempt, topology);
    } catch (RuntimeException e) {
      failure = Optional.of(e);
    }
    new StreamsEnd(role, bootstrapServers, context.retry(), context::isDraining)
        .await(topology::closed, failure);
    return failure;
  }

  /** Looks until the work is done or the topology failed. */
  private Optional<Throwable> follow(Attempt attempt, RunningTopology topology) {
    context.status(State.STARTING, "joining the group");
    long commits = 0;
    while (!context.isDraining("committing")) {
      Optional<Throwable> failure = topology.failure();
      if (failure.isPresent()) {
        return failure;
      }
      context.look();
      boolean done = attempt.look(topology);
      if (topology.commits() > commits) {
        commits = topology.commits();
        restarts.committed(work.taken());
      }
      if (topology.running()) {
        context.retry().answered();
      }
      if (done) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  private boolean goesOnAfter(Throwable failure) {
    try {
      return mended(failure);
    } catch (NoAnswerException e) {
      return waited(e);
    }
  }

  private boolean mended(Throwable failure) {
    if (failure instanceof RecordsDeletedException) {
      LOG.info("{}: starting anew", failure.getMessage());
      return true;
    }
    if (Retry.isNoAnswer(failure)) {
      return waited(failure);
    }
    if (failure instanceof FailureException) {
      return false;
    }
    return switch (work.mend(failure)) {
      case MENDED -> true;
      case HOPELESS -> false;
      case NONE -> refused(failure).isEmpty() && startsAnewAfter(failure);
    };
  }

  private boolean waited(Throwable failure) {
    LOG.debug("the cluster does not answer", failure);
    if (context.isDraining()) {
      return false;
    }
    // What Kafka Streams wraps it in names threads.
    context.retry().unanswered(work.task(), Causes.root(failure));
    return true;
  }

  /** Whether another start may help: a producer whose abort timed out, for one, is of no use. */
  private boolean startsAnewAfter(Throwable failure) {
    if (context.isDraining() || !restarts.again(work.taken())) {
      return false;
    }
    LOG.warn("the {} failed, starting anew from what is committed: {}", role, inWords(failure));
    LOG.debug("the topology failed", failure);
    LockSupport.parkNanos(PAUSE.toNanos());
    return true;
  }

  private FailureException failed(Throwable failure) {
    if (failure instanceof FailureException known) {
      return known;
    }
    LOG.debug("the topology failed", failure);
    return refused(failure)
        .orElseGet(
            () ->
                new FailureException(
                    "cannot %s: %s; what is committed stays: start the %s again (--debug shows where it failed)"
                        .formatted(work.task(), inWords(failure), role),
                    failure));
  }

  private Optional<FailureException> refused(Throwable failure) {
    // Streams tells in its own message which topic it was about.
    String what = work.task() + ": " + firstLine(failure);
    return AccessProblem.in(failure, what, bootstrapServers);
  }

  private static String inWords(Throwable failure) {
    Throwable root = Causes.root(failure);
    return root.getClass().getSimpleName() + ": " + firstLine(root);
  }

  private static String firstLine(Throwable failure) {
    return String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
  }
}
