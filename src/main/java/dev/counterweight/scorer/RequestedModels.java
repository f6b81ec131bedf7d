package dev.counterweight.scorer;

import dev.counterweight.inference.ModelSource;
import dev.counterweight.serving.ServedModel;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The models as requests see them: none until somebody follows checkpoints. Thread-safe. */
final class RequestedModels implements ModelSource {
  private final Supplier<Optional<String>> obstacle;
  private volatile @Nullable Models models;

  /**
   * @param obstacle why the role does not answer as it should, in words
   */
  RequestedModels(Supplier<Optional<String>> obstacle) {
    this.obstacle = obstacle;
  }

  /** Has requests answered by these from now on. */
  void are(Models followed) {
    models = followed;
  }

  @Override
  public List<ServedModel> loaded() {
    Models followed = models;
    return followed == null ? List.of() : followed.loaded();
  }

  @Override
  public Optional<String> obstacle() {
    return obstacle.get();
  }
}
