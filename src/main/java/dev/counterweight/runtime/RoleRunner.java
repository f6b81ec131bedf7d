package dev.counterweight.runtime;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.protocol.FailureException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs roles, each on a thread of its own that also closes what the role owns, newest first. When
 * one fails the others are drained, so that a process never limps on with a part missing.
 *
 * <p>Used by one thread, but {@link #drain}, {@link #summary} and {@link #roles} by any.
 */
public final class RoleRunner {
  private static final Logger LOG = LoggerFactory.getLogger(RoleRunner.class);

  private final List<Life> lives;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final Map<String, Double> seconds = new ConcurrentHashMap<>();

  private record Life(Role role, RoleContext context) implements RoleView {
    @Override
    public String name() {
      return role.name();
    }

    @Override
    public Role.Status status() {
      return context.status();
    }

    @Override
    public Map<String, Supplier<Optional<String>>> jsonPages() {
      return role.jsonPages();
    }
  }

  public RoleRunner(List<? extends Role> roles) {
    this.lives = roles.stream().map(role -> new Life(role, new RoleContext())).toList();
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

  /** Asks every role to finish the work in hand. */
  public void drain() {
    lives.forEach(life -> life.context().drain());
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

  /** What the first role to fail threw, or null. */
  public @Nullable Throwable failure() {
    return failure.get();
  }

  /**
   * What the roles did, in one map: each role's own keys, {@code seconds} of the longest-lived, and
   * {@code events_per_second} where events were counted.
   */
  public Map<String, Object> summary() {
    Map<String, Object> all = new LinkedHashMap<>();
    lives.forEach(life -> all.putAll(life.role().summary()));
    double longest = seconds.values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
    all.put("seconds", longest);
    if (all.get("events") instanceof Number events && longest > 0) {
      all.put("events_per_second", events.doubleValue() / longest);
    }
    return all;
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
    long startNs = System.nanoTime();
    RoleContext context = life.context();
    // On the role's own thread, after its run: clients are single-threaded.
    try (AutoCloseable owned = () -> context.closeOwned(life.name())) {
      context.run(life.role());
    } catch (Throwable t) {
      context.failed(t);
      if (failure.compareAndSet(null, t)) {
        LOG.debug("{} failed", life.name(), t);
      } else {
        LOG.warn("{} failed too: {}", life.name(), t.toString());
      }
      drain();
    } finally {
      seconds.put(life.name(), (System.nanoTime() - startNs) / 1e9);
    }
  }
}
