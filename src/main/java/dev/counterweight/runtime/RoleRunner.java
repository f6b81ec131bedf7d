package dev.counterweight.runtime;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs roles, each on a thread of its own that also closes it. When one fails the others are
 * drained, so that a process never limps on with a part missing.
 *
 * <p>Used by one thread, but {@link #drain} may be called from any.
 */
public final class RoleRunner {
  private static final Logger LOG = LoggerFactory.getLogger(RoleRunner.class);

  private final List<Role> roles;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final Map<String, Double> seconds = new ConcurrentHashMap<>();

  public RoleRunner(List<Role> roles) {
    this.roles = List.copyOf(roles);
  }

  /** Starts every role. */
  public void start() {
    for (Role role : roles) {
      Thread thread = new Thread(() -> live(role), "counterweight-" + role.name());
      threads.add(thread);
      thread.start();
    }
  }

  /** Asks every role to finish the work in hand. */
  public void drain() {
    roles.forEach(Role::drain);
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
    roles.forEach(role -> all.putAll(role.summary()));
    double longest = seconds.values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
    all.put("seconds", longest);
    if (all.get("events") instanceof Number events && longest > 0) {
      all.put("events_per_second", events.doubleValue() / longest);
    }
    return all;
  }

  private void live(Role role) {
    long startNs = System.nanoTime();
    // Close runs on the role's own thread, after run: clients are single-threaded.
    try (role) {
      role.run();
    } catch (Throwable t) {
      if (failure.compareAndSet(null, t)) {
        LOG.debug("{} failed", role.name(), t);
      } else {
        LOG.warn("{} failed too: {}", role.name(), t.toString());
      }
      roles.forEach(Role::drain);
    } finally {
      seconds.put(role.name(), (System.nanoTime() - startNs) / 1e9);
    }
  }
}
