package dev.counterweight.inference;

import dev.counterweight.serving.ServedModel;
import java.util.List;
import java.util.Optional;

/** The models that requests are answered by. Thread-safe, and none of it blocks. */
public interface ModelSource {

  /**
   * Those that are loaded: the one in use first, then those before it that may still be asked for
   * by their step. Empty before the first.
   */
  List<ServedModel> loaded();

  /** Why requests should go elsewhere for now, in words; empty if all is well. */
  Optional<String> obstacle();
}
