package dev.counterweight.scorer;

import dev.counterweight.checkpoint.Announcement.Ref;
import dev.counterweight.checkpoint.CheckpointReader;
import dev.counterweight.checkpoint.ModelLoader;
import dev.counterweight.checkpoint.NamedCheckpoint;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.event.Schema;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.SchemaGuard;
import dev.counterweight.serving.ServedModel;
import java.io.IOException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the checkpoint answer that should: reads it, holds it to the schema, loads it and swaps. What
 * cannot be taken is told once and tried again, later each time; the model in use stays. Owned by
 * the follower's thread, but for {@link #stale}, {@link #failure} and {@link #end}.
 */
final class Loading {
  private static final Logger LOG = LoggerFactory.getLogger(Loading.class);
  private static final long FIRST_WAIT_MS = 250;
  private static final long LONGEST_WAIT_MS = 15_000;

  private final Schema schema;
  private final CheckpointReader store;
  private final ModelLoader loader;
  private final Models models;
  private final RetiredModels retired;
  private final Freshness freshness;
  private final FollowerMeters meters;
  private final Clock clock;
  private final Ticker ticker;
  private @Nullable Ref failing;
  private int failures;
  private long retryAtMs;
  private @Nullable Ref told;
  private volatile @Nullable Superseded superseded;
  private volatile @Nullable FailureException failure;
  private volatile boolean ended;

  private record Superseded(String by, long sinceMs) {}

  /**
   * @param schema as configured
   */
  Loading(
      Schema schema,
      CheckpointReader store,
      ModelLoader loader,
      Models models,
      Freshness freshness,
      FollowerMeters meters,
      Clock clock,
      Ticker ticker) {
    this.schema = schema;
    this.store = store;
    this.loader = loader;
    this.models = models;
    this.retired = new RetiredModels(ticker);
    this.freshness = freshness;
    this.meters = meters;
    this.clock = clock;
    this.ticker = ticker;
    meters.superseded(this::supersededMs);
  }

  private long supersededMs() {
    Superseded now = superseded;
    return now == null ? 0 : ticker.millis() - now.sinceMs();
  }

  /** Why the first model cannot be taken, ever: it is of another schema. */
  @Nullable FailureException failure() {
    return failure;
  }

  /** What should have answered for longer than this and could not be taken, in words. */
  Optional<String> stale(long maxAgeMs) {
    Superseded now = superseded;
    return now == null || ticker.millis() - now.sinceMs() < maxAgeMs
        ? Optional.empty()
        : Optional.of(
            "checkpoint %s has been announced for %d s and could not be taken"
                .formatted(now.by(), (ticker.millis() - now.sinceMs()) / 1000));
  }

  private boolean due() {
    return ticker.millis() >= retryAtMs;
  }

  /** Judges the newest checkpoint, where that could not be done yet. */
  void judge(Following following) {
    Ref unjudged = following.unjudged().orElse(null);
    if (unjudged != null && (!unjudged.equals(failing) || due())) {
      try {
        following.retry();
      } catch (IOException | RuntimeException e) {
        failed(unjudged, e);
      }
    }
  }

  /** Takes the checkpoint that should answer, if it does not yet. */
  void look(Following following) {
    retired.closeDue();
    NamedCheckpoint wanted = following.wanted().orElse(null);
    if (wanted != null) {
      look(following, wanted);
    }
  }

  private void look(Following following, NamedCheckpoint wanted) {
    if (models.answers(wanted.ref())) {
      if (following.unjudged().isEmpty()) {
        settled();
      }
    } else if (models.swapBack(wanted.ref())) {
      swapped("back to the one before");
    } else if (!retired.hasRoom()) {
      // That is no failure: it is taken as soon as the memory of one is free.
      superseded(wanted.ref());
    } else if (!wanted.ref().equals(failing) || due()) {
      try {
        take(wanted);
      } catch (IOException | RuntimeException e) {
        failed(wanted.ref(), e);
        if (models.current() == null) {
          takeAny(following.instead());
        }
      }
    }
  }

  /** Takes note that a checkpoint cannot be read, or not be served. */
  private void failed(Ref ref, Exception why) {
    if (!ref.equals(failing)) {
      failing = ref;
      failures = 0;
    }
    retryAtMs =
        ticker.millis() + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS << Math.min(failures, 10));
    failures++;
    meters.failed();
    superseded(ref);
    if (!ref.equals(told)) {
      told = ref;
      ServedModel current = models.current();
      LOG.warn(
          "checkpoint {} cannot be taken: {}; {}, and it is tried again",
          ref.name(),
          why.getMessage(),
          current == null
              ? "there is none that answers"
              : "that of step " + current.id().step() + " goes on answering");
    }
  }

  private void superseded(Ref by) {
    Superseded since = superseded;
    superseded = new Superseded(by.name(), since == null ? ticker.millis() : since.sinceMs());
  }

  private void take(NamedCheckpoint wanted) throws IOException {
    StoredCheckpoint stored = wanted.readServed(store);
    requireSchema(stored);
    ServedModel model = loader.load(stored);
    if (ended) {
      model.close();
      return;
    }
    models.swap(model, writtenMs(stored)).ifPresent(retired::add);
    swapped("now answers");
    freshness.known(
        stored.manifest().stream().spans(),
        timestampMs -> meters.known(clock.millis() - timestampMs));
  }

  /** The checkpoint's own word, for people; 0 if it is none. */
  private static long writtenMs(StoredCheckpoint stored) {
    try {
      return Instant.parse(stored.manifest().origin().createdAt()).toEpochMilli();
    } catch (DateTimeException e) {
      return 0;
    }
  }

  /** Better an older model than none. */
  private void takeAny(List<NamedCheckpoint> others) {
    for (NamedCheckpoint other : others) {
      try {
        take(other);
        return;
      } catch (IOException | RuntimeException e) {
        LOG.debug("checkpoint {} cannot be taken either", other.ref().name(), e);
      }
    }
  }

  private void swapped(String how) {
    meters.swapped();
    settled();
    ServedModel current = models.current();
    if (current != null) {
      LOG.info("checkpoint {}, step {}: {}", current.id().checkpoint(), current.id().step(), how);
    }
  }

  private void settled() {
    failing = null;
    superseded = null;
  }

  /** Classes may have been added at the end, here or there. */
  private void requireSchema(StoredCheckpoint stored) {
    Schema found = stored.manifest().schema().toSchema();
    boolean grown =
        schema.features().equals(found.features())
            && schema.kinds().equals(found.kinds())
            && schema.label().equals(found.label())
            && (begins(schema.classes(), found.classes())
                || begins(found.classes(), schema.classes()));
    if (grown) {
      return;
    }
    try {
      new SchemaGuard(schema).require("checkpoint " + stored.ref().name(), found);
    } catch (FailureException e) {
      if (models.current() == null) {
        failure = e;
      }
      throw e;
    }
  }

  private static boolean begins(List<String> all, List<String> first) {
    return first.size() <= all.size() && all.subList(0, first.size()).equals(first);
  }

  /** Has no other model taken in, not even one that is being loaded. Thread-safe. */
  void end() {
    ended = true;
  }

  /** Closes all models; nobody may be scoring, and the follower's thread has ended. */
  void close() {
    models.close();
    retired.close();
  }
}
