package dev.counterweight.runtime;

import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Something to look at over HTTP: a role that has it adds read-only pages to the endpoint. */
public interface JsonPages {

  /**
   * {path: what GET of it answers at that moment}, JSON; empty while there is nothing to show yet.
   * The suppliers are called from any thread and do not block.
   */
  Map<String, Supplier<Optional<String>>> jsonPages();
}
