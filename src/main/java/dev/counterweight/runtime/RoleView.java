package dev.counterweight.runtime;

import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** A role of this process, as health and the live page see it. Thread-safe. */
public interface RoleView {

  /** joiner, counter, sampler, trainer or scorer. */
  String name();

  /** Where the role is, and in words what it does or waits for. */
  Role.Status status();

  /** Why the role is of no use although it lives ({@link Role#unready}). */
  default Optional<String> unready() {
    return Optional.empty();
  }

  /** Whether the others go on when it fails ({@link Role#outlived}). */
  default boolean outlived() {
    return false;
  }

  /** The role's own pages ({@link Role#jsonPages}). */
  default Map<String, Supplier<Optional<String>>> jsonPages() {
    return Map.of();
  }
}
