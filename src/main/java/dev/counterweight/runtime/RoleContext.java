package dev.counterweight.runtime;

import dev.counterweight.kafka.Retry;
import dev.counterweight.kafka.TopicGuard;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.runtime.Role.State;
import dev.counterweight.runtime.Role.Status;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * What a {@link RoleRunner} gives a role to live with: whether to drain, how to wait for a broker
 * that is away, whom to tell where it is, and who closes what it takes. Owned by the role's thread,
 * but for {@link #isDraining} and {@link #retry}, which are thread-safe.
 */
public final class RoleContext {
  private static final Duration LOOK = Duration.ofMillis(200);

  /** How a role has ended that was to drain before it did anything. */
  public static final String NOT_BEGUN = "drained before it began";

  private final Deque<AutoCloseable> owned = new ArrayDeque<>();
  private final CountDownLatch drained = new CountDownLatch(1);
  private final Retry retry = new Retry(this::isDraining);
  private volatile Told told = new Told(State.STARTING, () -> "starting");
  private final Map<String, TopicGuard> guards = new ConcurrentHashMap<>();
  private volatile Supplier<Optional<String>> other = Optional::empty;
  private boolean began;

  private record Told(State state, Supplier<String> detail) {}

  RoleContext() {}

  /** Has a resource closed when the role ends, before those that were given earlier. */
  public <T extends AutoCloseable> T own(T resource) {
    owned.push(resource);
    return resource;
  }

  /** Says where the role is. Once it has said that it runs, being stopped short is a failure. */
  public void status(State state, String detail) {
    status(state, () -> detail);
  }

  /**
   * Says where the role is, in words that are looked up whenever they are asked for.
   *
   * @param detail called from any thread
   */
  public void status(State state, Supplier<String> detail) {
    began |= state == State.RUNNING;
    told = new Told(state, detail);
  }

  /** Whether the role is to finish the work in hand, commit it and return. */
  public boolean isDraining() {
    return drained.getCount() == 0;
  }

  /** The same, and says so with these words. */
  public boolean isDraining(String detail) {
    if (isDraining()) {
      status(State.DRAINING, detail);
    }
    return isDraining();
  }

  /** Waits for a while, or until the role is to drain; whether it is. */
  public boolean awaitDraining(Duration atMost) throws InterruptedException {
    return drained.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Waits for a broker that is away until the role is to drain, and says so as its status. */
  public Retry retry() {
    return retry;
  }

  /**
   * Waits for a topic that another role makes, and says so as the role's status.
   *
   * @param maker the other role
   * @return whether the topic is there; false if the role is to drain before
   */
  public boolean awaitTopic(TopicSetup topics, String topic, String maker)
      throws InterruptedException {
    status(State.WAITING, "waiting for the " + maker);
    String look = "look for topic '" + topic + "'";
    while (retry.until(look, () -> topics.find(topic)).isEmpty()) {
      if (awaitDraining(LOOK)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Has the role's status say when the cluster does not answer this guard, which it returns. It
   * takes the place of one of the same topic.
   */
  public TopicGuard watch(TopicGuard watched) {
    guards.put(watched.topic(), watched);
    return watched;
  }

  /**
   * Has the role's status say that it waits for somebody else than the cluster.
   *
   * @param waiting for what, in words; empty while it does not; called from any thread
   */
  public void waitsFor(Supplier<Optional<String>> waiting) {
    other = waiting;
  }

  /**
   * Looks whether the topics that are watched are still those they were ({@link TopicGuard#look}).
   */
  public void look() {
    guards.values().forEach(TopicGuard::look);
  }

  void drain() {
    drained.countDown();
  }

  Status status() {
    Told now = told;
    Optional<String> waits =
        now.state() == State.DONE || now.state() == State.FAILED ? Optional.empty() : silence();
    return waits
        .map(words -> new Status(State.WAITING, words))
        .orElseGet(() -> new Status(now.state(), now.detail().get()));
  }

  private Optional<String> silence() {
    return retry
        .waiting()
        .or(() -> guards.values().stream().flatMap(g -> g.silence().stream()).findFirst())
        .or(other);
  }

  /** Runs a role to its end, and says how it ended. */
  void run(Role role) throws Exception {
    try {
      status(State.DONE, role.run(this));
    } catch (Throwable t) {
      if (began || !(t instanceof Retry.StoppedException)) {
        failed(t);
        throw t;
      }
      status(State.DONE, NOT_BEGUN);
    }
  }

  void failed(Throwable failure) {
    status(State.FAILED, failure.getMessage() == null ? failure.toString() : failure.getMessage());
  }

  /** Closes what is owned, newest first, all of it. */
  void closeOwned(String role) {
    IllegalStateException failure =
        new IllegalStateException("cannot close the " + role + "'s clients");
    while (!owned.isEmpty()) {
      try {
        owned.pop().close();
      } catch (Exception e) {
        failure.addSuppressed(e);
      }
    }
    if (failure.getSuppressed().length > 0) {
      throw failure;
    }
  }
}
