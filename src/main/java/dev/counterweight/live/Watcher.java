package dev.counterweight.live;

import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.runtime.DaemonThread;
import dev.counterweight.runtime.RoleView;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at a job's topics once a second, on a thread of its own that owns the consumer. It never
 * disturbs the job: when it cannot look it says so in the view, and tries again.
 */
final class Watcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watcher.class);
  private static final long EVERY_MS = 1000;
  private static final long CLOSING_MS = 10_000;

  private final JobTopics topics;
  private final List<RoleView> here;
  private final Set<String> fields;
  private final KafkaClients clients;
  private final Clock clock;
  private final JobWatch watch;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;
  private volatile JobView view = JobView.NOTHING_YET;
  private volatile @Nullable TopicWatch looking;

  /**
   * @param here the job's roles of this process
   * @param neverMs what an event has waited that got no label, -1 where none is written
   * @param fields names that examples of dead letters may tell
   */
  Watcher(
      JobTopics topics,
      List<RoleView> here,
      long neverMs,
      Set<String> fields,
      KafkaClients clients,
      Clock clock) {
    this.topics = topics;
    this.here = List.copyOf(here);
    this.fields = Set.copyOf(fields);
    this.clients = clients;
    this.clock = clock;
    this.watch = new JobWatch(topics, neverMs, clock);
    this.thread = new DaemonThread(this::run, "counterweight-live-" + topics.job());
  }

  void start() {
    thread.start();
  }

  /** What is known now; from any thread. */
  JobView view() {
    return view;
  }

  @Override
  public void close() {
    closed.countDown();
    TopicWatch busy = looking;
    if (busy != null) {
      busy.wakeup();
    }
    try {
      thread.join(CLOSING_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (!await(0)) {
      try (TopicWatch topicWatch = new TopicWatch(clients, topics, fields, clock)) {
        looking = topicWatch;
        // Asked again: whoever closed before there was something to wake up is not kept waiting.
        while (!await(0)) {
          view = watch.after(topicWatch.look(), here);
          await(EVERY_MS);
        }
      } catch (KafkaException | FailureException e) {
        trouble(e, String.valueOf(e.getMessage()));
      } catch (RuntimeException e) {
        trouble(e, e.toString());
      }
      looking = null;
      await(EVERY_MS);
    }
  }

  private void trouble(RuntimeException e, String words) {
    if (closed.getCount() > 0) {
      LOG.debug("cannot look at the topics of '{}'", topics.job(), e);
      view = watch.without(view, words, here);
    }
  }

  /** Waits; whether this was closed. */
  private boolean await(long ms) {
    try {
      return closed.await(ms, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }
}
