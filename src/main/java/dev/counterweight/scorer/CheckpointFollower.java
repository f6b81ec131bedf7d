package dev.counterweight.scorer;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.CheckpointReader;
import dev.counterweight.checkpoint.ModelLoader;
import dev.counterweight.checkpoint.ServingOrder;
import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.Outage;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.runtime.DaemonThread;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the checkpoints of a job, on a thread of its own: reads what is announced and ordered,
 * loads the checkpoint that should answer, and swaps between two records by one volatile write. No
 * thread that scores ever waits for it. Reads the checkpoints topic and folder, and writes nowhere.
 */
public final class CheckpointFollower implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointFollower.class);
  private static final Duration WAIT = Duration.ofMillis(200);
  private static final int FETCH_BYTES = 1 << 20;
  private static final long CLOSING_MS = 10_000;

  private final JobConfig config;
  private final KafkaClients clients;
  private final Models models = new Models();
  private final Freshness freshness = new Freshness();
  private final FollowerMeters meters;
  private final Following following;
  private final Loading loading;
  private final CountDownLatch settled = new CountDownLatch(1);
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Outage outage = new Outage(LOG, "Kafka", System::nanoTime);
  private final Thread thread;
  private volatile @Nullable TopicTail<ConsumerRecord<byte[], byte[]>> reading;
  private volatile @Nullable FailureException broken;
  private long position;
  private long heldBack;

  public CheckpointFollower(
      JobConfig config,
      KafkaClients clients,
      ModelLoader loader,
      MeterRegistry registry,
      Clock clock) {
    this.config = config;
    this.clients = clients;
    this.meters = new FollowerMeters(registry, config.job(), models);
    CheckpointReader store = new CheckpointReader(config.trainer().checkpoints().dir());
    this.following = new Following(config.scorer().follow(), store);
    this.loading =
        new Loading(
            config.events().schema().schema(),
            store,
            loader,
            models,
            freshness,
            meters,
            clock,
            new Ticker(System::nanoTime));
    this.thread = new DaemonThread(this::run, "counterweight-follower-" + config.job());
  }

  /** Begins to follow; to be called once. */
  public CheckpointFollower start() {
    thread.start();
    return this;
  }

  /** The models that are loaded. */
  public Models models() {
    return models;
  }

  /** What it measures. */
  FollowerMeters meters() {
    return meters;
  }

  /** What it is told of the events that are scored, where they are those that are trained on. */
  Freshness freshness() {
    return freshness;
  }

  /**
   * Waits until all that was announced when this began is known, and what should answer was tried
   * once: a model that is there answers by then. Whether that is so.
   *
   * @throws FailureException if what should answer first is of another schema, or as {@link
   *     #requireFollowing}
   */
  public boolean awaitSettled(Duration atMost) throws InterruptedException {
    boolean known = settled.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
    requireFollowing();
    FailureException failure = loading.failure();
    if (failure != null && models.current() == null) {
      throw failure;
    }
    return known;
  }

  /** Why answers are older than they may be ({@code scores.max.age}); empty if they are not. */
  public Optional<String> stale() {
    FailureException why = broken;
    return why == null
        ? loading.stale(config.scorer().maxAgeMs())
        : Optional.ofNullable(why.getMessage());
  }

  /**
   * Looks whether checkpoints are still followed.
   *
   * @throws FailureException if an error has ended that: the model in use would answer for ever
   */
  void requireFollowing() {
    FailureException why = broken;
    if (why != null) {
      throw why;
    }
  }

  /**
   * Ends following and frees the models; nobody may be scoring. A load that takes long is not
   * waited for: then nothing is freed, for the process is about to end.
   */
  @Override
  public void close() {
    closed.countDown();
    loading.end();
    TopicTail<?> busy = reading;
    if (busy != null) {
      busy.wakeup();
    }
    try {
      thread.join(CLOSING_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      LOG.warn("a checkpoint is still being loaded: no model is freed");
    } else {
      loading.close();
    }
  }

  private void run() {
    try {
      followOn();
    } catch (Throwable e) {
      // Whatever it is, the role has to hear of it: it would wait, or serve an old model, for ever.
      String told = "the checkpoints of '%s' are followed no longer: %s";
      broken = new FailureException(told.formatted(config.job(), e), e);
      settled.countDown();
    }
  }

  private void followOn() {
    while (closed.getCount() > 0) {
      long askedNs = System.nanoTime();
      try (TopicTail<ConsumerRecord<byte[], byte[]>> tail = open()) {
        reading = tail;
        tail.seekKept(position);
        follow(tail);
      } catch (KafkaException | FailureException e) {
        reading = null;
        if (closed.getCount() > 0) {
          String why = String.valueOf(e.getMessage());
          pause(outage.noted("follow the checkpoints of '" + config.job() + "'", why, askedNs));
        }
      }
    }
  }

  private TopicTail<ConsumerRecord<byte[], byte[]>> open() {
    return new TopicTail<>(
        clients.consumer(
            config.topics().groupOf("scorer") + ".checkpoints",
            Map.of(
                ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES,
                ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_BYTES)),
        config.topics().checkpoints(),
        Function.identity());
  }

  private void follow(TopicTail<ConsumerRecord<byte[], byte[]>> tail) {
    long beginning = tail.end();
    while (closed.getCount() > 0) {
      Optional<ConsumerRecord<byte[], byte[]>> next = tail.next(WAIT);
      while (next.isPresent()) {
        take(next.get());
        next = tail.lag() > 0 ? tail.next(Duration.ZERO) : Optional.empty();
      }
      position = tail.position();
      outage.over();
      if (position >= beginning) {
        look();
      }
    }
  }

  private void take(ConsumerRecord<byte[], byte[]> found) {
    try {
      if (Announcement.isKey(found.key()) && found.value() != null) {
        following.announced(Announcement.parse(found.value()));
      } else if (ServingOrder.isKey(found.key())) {
        following.ordered(found.value() == null ? null : ServingOrder.parse(found.value()));
      }
    } catch (IOException e) {
      LOG.debug("offset {}: it is tried again once all is known", found.offset(), e);
    } catch (RuntimeException e) {
      LOG.warn(
          "offset {} of topic '{}' is passed over: {}",
          found.offset(),
          found.topic(),
          e.getMessage());
    }
  }

  /** All that is known is in: has the one answer that should. */
  private void look() {
    loading.judge(following);
    loading.look(following);
    meters.decided(following.held().orElse(null), following.isOrdered());
    if (settled.getCount() == 0) {
      meters.heldBack(following.heldBack() - heldBack);
    }
    heldBack = following.heldBack();
    settled.countDown();
  }

  private void pause(Duration wait) {
    try {
      closed.await(wait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
