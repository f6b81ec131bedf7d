package dev.counterweight.scorer;

import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.inference.TestModels;
import dev.counterweight.serving.ModelId;
import dev.counterweight.serving.RawScores;
import dev.counterweight.serving.ServedModel;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Models that have native memory, as it were, and of which it is seen that they are closed. */
final class NativeModels {
  private final List<Long> closed = new CopyOnWriteArrayList<>();

  /** Steps of those that were closed. */
  List<Long> closed() {
    return List.copyOf(closed);
  }

  ServedModel of(StoredCheckpoint checkpoint) {
    long step = checkpoint.manifest().position().step();
    return new ServedModel(
        new ModelId(step, checkpoint.ref().name(), checkpoint.ref().sha256()),
        checkpoint.manifest().schema().toSchema(),
        ServedCheckpoint.features(checkpoint.manifest().schema()),
        new RawScores() {
          @Override
          public Worker worker() {
            return (rows, at, n, scores, to) -> {};
          }

          @Override
          public boolean isNative() {
            return true;
          }

          @Override
          public void close() {
            closed.add(step);
          }
        },
        null,
        TestModels.numbers(MadeCheckpoints.CLASSES));
  }
}
