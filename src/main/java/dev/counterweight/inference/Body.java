package dev.counterweight.inference;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** A request's body as it comes. Thread-safe: it may be given up while more of it comes. */
final class Body {
  private final int most;
  private final HeldBytes held;
  private byte[] bytes = {};
  private int size;
  private int taken;
  private boolean released;

  /**
   * @param most bytes
   */
  Body(int most, HeldBytes held) {
    this.most = most;
    this.held = held;
  }

  /**
   * Takes what came.
   *
   * @throws Refusal if it is too long, or too much of others is held
   */
  synchronized void add(ByteBuffer chunk) throws Refusal {
    if (released) {
      return;
    }
    int more = chunk.remaining();
    if (more > most - size) {
      throw tooLong(most);
    }
    if (more > bytes.length - size) {
      grow(Math.max(size + more, 2 * size));
    }
    chunk.get(bytes, size, more);
    size += more;
  }

  private void grow(int length) throws Refusal {
    int bounded = Math.min(length, most);
    if (bounded > HeldBytes.UNCOUNTED) {
      if (!held.take(bounded - taken)) {
        throw new Refusal(503, "too many requests are on their way: try again");
      }
      taken = bounded;
    }
    bytes = Arrays.copyOf(bytes, bounded);
  }

  /** All of it. */
  synchronized byte[] all() {
    return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
  }

  /** Gives back what memory it took. */
  synchronized void release() {
    released = true;
    bytes = new byte[0];
    size = 0;
    held.give(taken);
    taken = 0;
  }

  static Refusal tooLong(int most) {
    return new Refusal(
        413,
        "the request's body is longer than scores.max.request.bytes=%d allows".formatted(most));
  }
}
