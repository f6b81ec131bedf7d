package dev.counterweight.kafka;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/** Work that is performed by a thread of its own. */
final class WorkThread implements WorkLine {
  private final BlockingQueue<Runnable> line;
  private final Thread thread;
  private boolean ended; // the thread's own

  /**
   * @param most pieces in line
   */
  WorkThread(String name, int most) {
    line = new ArrayBlockingQueue<>(most);
    thread = new Thread(this::work, name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void put(Runnable work, boolean awaited) throws InterruptedException {
    line.put(work);
  }

  @Override
  public void clear() {
    line.clear();
  }

  @Override
  public void end() throws InterruptedException {
    line.put(() -> ended = true);
    thread.join();
  }

  private void work() {
    while (!ended) {
      try {
        line.take().run();
      } catch (InterruptedException e) {
        // What is interrupted fails, and says so itself. The thread goes on: who gives it work
        // waits for that, or aborts it, and would wait for ever.
      }
    }
  }
}
