package dev.counterweight.inference;

import java.util.concurrent.atomic.AtomicLong;

/** Memory of bodies and answers that are still on their way, all together bounded. Thread-safe. */
final class HeldBytes {
  /** What a connection may hold without asking: as much as comes or goes at once. */
  static final int UNCOUNTED = 8 << 10;

  private final AtomicLong free;

  HeldBytes(long most) {
    this.free = new AtomicLong(most);
  }

  /** Takes memory; false if there is not so much left. */
  boolean take(long bytes) {
    long left = free.addAndGet(-bytes);
    if (left < 0) {
      free.addAndGet(bytes);
    }
    return left >= 0;
  }

  void give(long bytes) {
    free.addAndGet(bytes);
  }
}
