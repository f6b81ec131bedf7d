package dev.counterweight.campaign;

import dev.counterweight.campaign.Fault.Written;
import dev.counterweight.campaign.History.Kind;
import dev.counterweight.campaign.MadeEvents.Made;
import dev.counterweight.campaign.MadeEvents.MadeLabel;
import dev.counterweight.kafka.KafkaClients;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.Producer;

/**
 * Writes events and labels in transactions, and into a {@link History} what was committed of them.
 *
 * <p>Its orders are thread-safe; the rest is owned by its own thread.
 */
final class Feed implements AutoCloseable {
  private static final long EVERY_MS = 250;
  private static final int EVENTS_A_TICK = 50;

  private static final int STOP_S = 60;

  /** Later events all get a label: what has none waits long. */
  private static final long UNLABELLED_MS = 8_000;

  private final Job job;
  private final MadeEvents made;
  private final History history = new History();
  private final Producer<byte[], byte[]> producer;
  private final Deque<MadeLabel> due = new ArrayDeque<>();
  private final List<Made> sent = new ArrayList<>();
  private final Queue<Written> orders = new ConcurrentLinkedQueue<>();
  private final AtomicLong clockStepMs = new AtomicLong();
  private final AtomicLong latestMs = new AtomicLong();
  private volatile boolean stopped;
  private long ticks;
  private final CountDownLatch written = new CountDownLatch(1);
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CompletableFuture<Void> done = new CompletableFuture<>();

  Feed(Job job, KafkaClients clients) {
    this.job = job;
    this.made = new MadeEvents(job.schedule().seed(), job.schedule().joins());
    // It waits for brokers as long as it takes: what it does not know the outcome of is no truth.
    this.producer =
        clients.transactionalProducer(
            job.name() + "-feed",
            Map.of(
                "max.block.ms", 300_000,
                "delivery.timeout.ms", 300_000,
                "transaction.timeout.ms", 600_000,
                "metadata.max.age.ms", 2_000,
                "linger.ms", 5));
  }

  void start() {
    Thread thread = new Thread(this::write, "feed");
    thread.setDaemon(true);
    thread.start();
  }

  /** Whether the first events are written, with which it waits for {@link #begin}. */
  boolean isReady() {
    return written.getCount() == 0;
  }

  void begin() {
    begun.countDown();
  }

  /** Has it write something else beside, next. */
  void order(Written other) {
    orders.add(other);
  }

  /** Events' times go on from elsewhere. */
  void stepClock(long byMs) {
    clockStepMs.addAndGet(byMs);
  }

  /** Grows while it writes. */
  History history() {
    return history;
  }

  /** Writes no more, and returns once that is so. */
  void stop() {
    stopped = true;
    done.orTimeout(STOP_S, TimeUnit.SECONDS).join();
  }

  boolean isDone() {
    return done.isDone();
  }

  /** Waits until everything is written. */
  History awaitDone() throws Exception {
    done.get(300, TimeUnit.SECONDS);
    return history;
  }

  private void write() {
    try {
      producer.initTransactions();
      first();
      begun.await();
      long startNs = System.nanoTime();
      for (; !stopped && ticks * EVERY_MS < Schedule.FEED_MS; ticks++) {
        LockSupport.parkNanos(startNs + ticks * EVERY_MS * 1_000_000 - System.nanoTime());
        tick();
      }
      Transaction last = new Transaction(producer, job);
      due.forEach(last::label);
      commit(last);
      done.complete(null);
    } catch (RuntimeException | InterruptedException e) {
      done.completeExceptionally(e);
    }
  }

  /** Whether something was committed so late that its wait may have been over by the clock. */
  boolean isLate() {
    return latestMs.get() > Job.WAIT_MS;
  }

  private void commit(Transaction next) throws InterruptedException {
    long oldestMs = next.oldestMs();
    next.commit(history);
    latestMs.accumulateAndGet(System.currentTimeMillis() - oldestMs, Math::max);
  }

  /** So many that a model is trained and can answer. */
  private void first() throws InterruptedException {
    Transaction first = new Transaction(producer, job);
    for (int i = 0; i < 2 * EVENTS_A_TICK; i++) {
      Made event = made.good(now());
      first.event(event, Kind.GOOD);
      if (job.schedule().joins()) {
        first.label(made.label(event, event.label()));
      }
    }
    commit(first);
    written.countDown();
  }

  private void tick() throws InterruptedException {
    Written order = orders.poll();
    if (order != null) {
      write(order);
    }
    Transaction next = new Transaction(producer, job);
    for (int i = made.below(2 * EVENTS_A_TICK + 1); i > 0; i--) {
      good(next, made.good(now()));
    }
    // Labels before their events, with them, and up to a second after them.
    while (due.size() > 4 * made.below(EVENTS_A_TICK)) {
      next.label(due.remove());
    }
    commit(next);
  }

  private void good(Transaction next, Made event) {
    next.event(event, Kind.GOOD);
    sent.add(event);
    if (job.schedule().joins()) {
      due.addAll(made.labels(event, ticks * EVERY_MS < UNLABELLED_MS));
    }
  }

  private void write(Written order) throws InterruptedException {
    Transaction other = new Transaction(producer, job);
    for (int i = 0; i < order.count(); i++) {
      write(other, order.what());
    }
    if (order.what() == Written.Kind.ABORTED) {
      other.abort(history);
    } else {
      commit(other);
    }
  }

  private void write(Transaction other, Written.Kind what) {
    switch (what) {
      case ABORTED -> other.event(made.good(now()), Kind.GOOD);
      case DUPLICATES -> {
        if (!sent.isEmpty()) {
          other.event(sent.get(made.below(sent.size())), Kind.DUPLICATE);
        }
      }
      case BROKEN -> other.event(made.broken(now()), Kind.BROKEN);
      case BAD_FEATURES -> badFeature(other, made.badFeature(now()));
      case BAD_LABELS -> {
        if (job.schedule().joins()) {
          other.label(made.badLabelAlone(now()));
        } else {
          other.event(made.badLabel(now()), Kind.BAD_LABEL);
        }
      }
      case TOMBSTONES -> other.event(tombstone(), Kind.TOMBSTONE);
      case OVERSIZE -> other.event(made.oversize(now()), Kind.BROKEN);
    }
  }

  private void badFeature(Transaction other, Made event) {
    other.event(event, Kind.BAD_FEATURE);
    if (job.schedule().joins()) {
      other.label(made.label(event, event.label()));
    }
  }

  private Made tombstone() {
    Made like = made.broken(now());
    return new Made(like.key(), -1, like.timeMs(), null);
  }

  private long now() {
    return System.currentTimeMillis() + clockStepMs.get();
  }

  @Override
  public void close() {
    producer.close(Duration.ZERO);
  }
}
