package dev.counterweight.scorer;

import dev.counterweight.serving.ServedModel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The models that are loaded. Thread-safe; asking costs a volatile read. */
public interface Models {

  /** The one that answers now; null before the first. */
  @Nullable ServedModel current();

  /** When the checkpoint of the one that answers was written; 0 before the first. */
  long writtenMs();

  /** All that are loaded: the one that answers now first. */
  List<ServedModel> loaded();
}
