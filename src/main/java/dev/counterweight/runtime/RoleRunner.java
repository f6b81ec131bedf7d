package dev.counterweight.runtime;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.protocol.FailureException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs roles, each on a thread of its own that also closes what the role owns, newest first. When
 * one fails the others are drained, so that a process never limps on with a part missing; but for
 * one that is {@link Role#outlived}: its failure is told, and is the process's when the others have
 * ended. Roles may be told to wait until others have ended.
 *
 * <p>Used by one thread, but {@link #drain}, {@link #summary} and {@link #roles} by any.
 */
public final class RoleRunner {
  private static final Logger LOG = LoggerFactory.getLogger(RoleRunner.class);
  private static final Duration LOOK = Duration.ofMillis(50);

  private final List<Life> lives;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final AtomicReference<@Nullable Throwable> outlived = new AtomicReference<>();
  private final Map<String, Double> seconds = new ConcurrentHashMap<>();

  /**
   * @param after the roles that must have ended before this one begins
   */
  private record Life(Role role, RoleContext context, List<Life> after, CountDownLatch ended)
      implements RoleView {
    Life(Role role, List<Life> after) {
      this(role, new RoleContext(), after, new CountDownLatch(1));
    }

    @Override
    public String name() {
      return role.name();
    }

    @Override
    public Role.Status status() {
      return context.status();
    }

    @Override
    public Optional<String> unready() {
      return role.unready();
    }

    @Override
    public boolean outlived() {
      return role.outlived();
    }

    @Override
    public Map<String, Supplier<Optional<String>>> jsonPages() {
      return role.jsonPages();
    }
  }

  /** Of roles that work side by side. */
  public RoleRunner(List<? extends Role> roles) {
    this(List.of(), roles);
  }

  /**
   * Of roles of which some begin once others have ended.
   *
   * @param first these begin at once
   * @param then these when all of {@code first} have done their work
   */
  public RoleRunner(List<? extends Role> first, List<? extends Role> then) {
    List<Life> before = first.stream().map(role -> new Life(role, List.of())).toList();
    this.lives =
        Stream.concat(before.stream(), then.stream().map(role -> new Life(role, before))).toList();
  }

  /** The roles as others see them. */
  public List<RoleView> roles() {
    return List.copyOf(lives);
  }

  /** Starts every role. */
  public void start() {
    for (Life life : lives) {
      Thread thread = new Thread(() -> live(life), "counterweight-" + life.name());
      threads.add(thread);
      thread.start();
    }
  }

  /** Asks every role to finish the work in hand; one that waits for others is asked before them. */
  public void drain() {
    // Else one would begin that has not been asked yet when those it waits for have ended.
    for (int i = lives.size() - 1; i >= 0; i--) {
      lives.get(i).context().drain();
    }
  }

  /** Waits until every role has ended; false if the time ran out first. */
  public boolean await(long timeoutMs) throws InterruptedException {
    long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    for (Thread thread : threads) {
      long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
      thread.join(Math.max(1, leftMs));
      if (thread.isAlive()) {
        return false;
      }
    }
    return true;
  }

  /** Waits until every role has ended. */
  public void await() throws InterruptedException {
    for (Thread thread : threads) {
      thread.join();
    }
  }

  /**
   * What the first role to fail threw, one that ended the others before one that did not; or null.
   */
  public @Nullable Throwable failure() {
    Throwable ended = failure.get();
    return ended == null ? outlived.get() : ended;
  }

  /**
   * What the roles did, in one map: each role's own keys, {@code seconds} of the longest-lived (and
   * of the longest-lived that others waited for), and {@code events_per_second} of the former where
   * events were counted.
   */
  public Map<String, Object> summary() {
    Map<String, Object> all = new LinkedHashMap<>();
    lives.forEach(life -> all.putAll(life.role().summary()));
    boolean staged = lives.stream().anyMatch(life -> !life.after().isEmpty());
    double before = staged ? longest(life -> life.after().isEmpty()) : 0;
    double longest = longest(life -> life.after().isEmpty() != staged);
    all.put("seconds", before + longest);
    if (all.get("events") instanceof Number events && longest > 0) {
      all.put("events_per_second", events.doubleValue() / longest);
    }
    return all;
  }

  private double longest(Predicate<Life> stage) {
    return lives.stream()
        .filter(stage)
        .mapToDouble(life -> seconds.getOrDefault(life.name(), 0.0))
        .max()
        .orElse(0);
  }

  /**
   * Writes what roles did as {@code --summary} has it.
   *
   * @throws FailureException if it cannot be written
   */
  public static void write(Map<String, Object> summary, Path file) {
    try {
      Files.writeString(
          file,
          new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(summary) + "\n");
    } catch (IOException e) {
      throw new FailureException("--summary " + file + " cannot be written: " + e.getMessage(), e);
    }
  }

  private void live(Life life) {
    RoleContext context = life.context();
    long startNs = System.nanoTime();
    // On the role's own thread, after its run: clients are single-threaded.
    try (AutoCloseable owned = () -> context.closeOwned(life.name())) {
      boolean its = awaitTurn(life);
      startNs = System.nanoTime();
      if (its) {
        context.run(life.role());
      } else {
        context.status(Role.State.DONE, RoleContext.NOT_BEGUN);
      }
    } catch (Throwable t) {
      failed(life, t);
    } finally {
      seconds.put(life.name(), (System.nanoTime() - startNs) / 1e9);
      life.ended().countDown();
    }
  }

  private void failed(Life life, Throwable t) {
    life.context().failed(t);
    // An Error is the whole process's.
    if (life.outlived() && t instanceof Exception) {
      outlived.compareAndSet(null, t);
      LOG.error("the {} has failed, the others go on without it", life.name(), t);
    } else {
      if (failure.compareAndSet(null, t)) {
        LOG.debug("{} failed", life.name(), t);
      } else {
        LOG.warn("{} failed too: {}", life.name(), t.toString());
      }
      drain();
    }
  }

  /** Waits for the roles that come first; false if it is to drain before they have ended. */
  private static boolean awaitTurn(Life life) throws InterruptedException {
    for (Life before : life.after()) {
      life.context().status(Role.State.WAITING, "waiting for the " + before.name());
      while (!before.ended().await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
        if (life.context().isDraining()) {
          return false;
        }
      }
    }
    // One that failed has had the others drained before it ended.
    return life.after().isEmpty() || !life.context().isDraining();
  }
}
