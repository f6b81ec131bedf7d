package dev.counterweight.runtime;

import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The threads of an HTTP server that reads each request, and writes each answer, on one of them for
 * as long as the client takes. Where a request comes and all are taken, the one that has waited
 * longest for its client is interrupted, which closes that client's connection: however many slow
 * clients there are, one whose request is there at once is answered. Thread-safe.
 */
final class RequestThreads implements Executor, AutoCloseable {
  static final int THREADS = 16;

  /** A request on its thread. Guarded by the threads' lock. */
  private static final class Visit {
    private final Thread thread = Thread.currentThread();
    private long clientSinceNs = System.nanoTime();
    private boolean atWork;
    private boolean leaving;
  }

  private final ExecutorService pool =
      Executors.newFixedThreadPool(THREADS, task -> new DaemonThread(task, "counterweight-http"));
  private final ThreadLocal<@Nullable Visit> own = new ThreadLocal<>();
  private final Set<Visit> visits = new LinkedHashSet<>();
  private int waiting;

  @Override
  public void execute(Runnable request) {
    synchronized (this) {
      waiting++;
      makeRoom(null);
    }
    pool.execute(() -> serve(request));
  }

  /** Works out an answer: this thread waits for itself, not for a client, and is left alone. */
  <T> T work(Supplier<T> answer) {
    Visit visit = own.get();
    if (visit == null) {
      return answer.get();
    }
    synchronized (this) {
      visit.atWork = true;
    }
    try {
      return answer.get();
    } finally {
      synchronized (this) {
        visit.atWork = false;
        visit.clientSinceNs = System.nanoTime();
        makeRoom(visit);
      }
    }
  }

  @Override
  public void close() {
    pool.shutdownNow();
  }

  private void serve(Runnable request) {
    Visit visit = new Visit();
    synchronized (this) {
      waiting--;
      visits.add(visit);
    }
    own.set(visit);
    try {
      request.run();
    } finally {
      own.remove();
      synchronized (this) {
        visits.remove(visit);
        // Meant for this request, if it came too late for it.
        Thread.interrupted();
      }
    }
  }

  /** Interrupts the slowest of those that wait for a client, so that each request has a thread. */
  private synchronized void makeRoom(@Nullable Visit but) {
    long free = THREADS - visits.stream().filter(visit -> !visit.leaving).count();
    for (long wanted = waiting - free; wanted > 0; wanted--) {
      Optional<Visit> slowest =
          visits.stream()
              .filter(visit -> visit != but && !visit.atWork && !visit.leaving)
              .min(Comparator.comparingLong(visit -> visit.clientSinceNs));
      if (slowest.isEmpty()) {
        return;
      }
      slowest.get().leaving = true;
      slowest.get().thread.interrupt();
    }
  }
}
