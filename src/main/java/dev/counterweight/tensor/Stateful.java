package dev.counterweight.tensor;

import java.util.SortedMap;

/** Has a state that is saved as named tensors, and goes on from it bit for bit. */
public interface Stateful {

  /** Names every tensor of the state, and where it is taken from and put. */
  void declare(State state);

  /** A copy of the state. */
  default SortedMap<String, Tensor> state() {
    return State.of(this).save();
  }

  /**
   * Takes a state back; tensors that are none of this object's are ignored.
   *
   * @throws MalformedTensorsException if a tensor is missing or does not fit; nothing has changed
   *     then
   */
  default void restore(SortedMap<String, Tensor> tensors) {
    State.of(this).check(tensors).run();
  }
}
