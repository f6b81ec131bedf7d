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
        // Nobody has reason to: it ends by a piece of work, or with the process.
        throw new IllegalStateException(e);
      }
    }
  }
}
