package dev.counterweight.runtime;

import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * One of joiner, counter, sampler, trainer, scorer and judge: a loop and what it rests on. Its life
 * is its {@link RoleRunner}'s, which calls {@link #run} once, on a thread of the role's own; every
 * other method may be called from any thread.
 */
public interface Role {

  /** Where a role is in its life. */
  enum State {
    STARTING,
    /** Waits for another role or for the lead; healthy, but does no work yet. */
    WAITING,
    RUNNING,
    DRAINING,
    DONE,
    FAILED
  }

  /**
   * A role's state.
   *
   * @param detail one line for a person, such as "waiting for the counter"
   */
  record Status(State state, String detail) {}

  /** joiner, counter, sampler, trainer, scorer or judge. */
  String name();

  /**
   * Works until done or until {@code context} says to drain; on return everything handled is
   * committed. What it took is closed after it by its context.
   *
   * @return what was done, as the {@link Status#detail} of a role that is done
   */
  String run(RoleContext context) throws Exception;

  /**
   * What keeps the role from being of use although it lives, so that its process is not ready;
   * empty if nothing does.
   */
  default Optional<String> unready() {
    return Optional.empty();
  }

  /** Whether the others of its process go on when it fails: none of them needs it. */
  default boolean outlived() {
    return false;
  }

  /** What this role did, by the keys of the summary that are its own. */
  Map<String, Object> summary();

  /**
   * Read-only pages that the role adds to the HTTP endpoint: {path: what GET of it answers at that
   * moment}, JSON; empty while there is nothing to show yet. The suppliers are called from any
   * thread and do not block.
   */
  default Map<String, Supplier<Optional<String>>> jsonPages() {
    return Map.of();
  }
}
