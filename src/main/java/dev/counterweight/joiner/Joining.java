package dev.counterweight.joiner;

import dev.counterweight.joining.Origin;

/** What a task does with the records of its sides. Used by the task. */
interface Joining {
  /**
   * @param body see {@link HeldBody}
   */
  void event(byte[] key, Origin origin, long heldMs, byte[] body);

  void label(byte[] key, int label, long heldMs);
}
