package dev.counterweight.checkpoint;

import dev.counterweight.protocol.FailureException;
import dev.counterweight.serving.ServedModel;

/** Makes the model of a checkpoint that serves. Thread-safe. */
@FunctionalInterface
public interface ModelLoader {

  /**
   * The model; the caller's to close.
   *
   * @throws FailureException if the checkpoint holds none that can be served; the message says why
   */
  ServedModel load(StoredCheckpoint checkpoint);
}
