package dev.counterweight.kafka;

/**
 * Pieces of work that are performed one after another, in the order in which they came. Given them
 * by one thread.
 */
interface WorkLine {

  /**
   * Puts a piece of work behind all others; waits while too many are in line. It throws nothing.
   *
   * @param awaited whether who gives it does nothing more until it is performed
   */
  void put(Runnable work, boolean awaited) throws InterruptedException;

  /** Drops what is in line; what is being performed goes on. */
  void clear();

  /** Waits until all that is in line is performed; there will be no more. */
  void end() throws InterruptedException;
}
