package dev.counterweight.runtime;

import java.util.Map;
import java.util.function.Function;

/** Read-only pages that the endpoint serves beside metrics and health. */
public interface WebPages {

  /**
   * {path: from the raw query of a request, empty if it has none, to its answer}. Paths are matched
   * whole: what is not a key is not there. The functions are called from any thread and do not
   * block.
   */
  Map<String, Function<String, Answer>> pages();
}
