package dev.counterweight.scorer;

import dev.counterweight.checkpoint.Announcement.Ref;
import dev.counterweight.serving.ModelId;
import dev.counterweight.serving.ServedModel;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The models that are loaded: the one that answers, and the one before it, so that going back takes
 * no download. Thread-safe: asking costs a volatile read; one thread, the follower's, swaps.
 */
public final class Models {
  private static final Pair NONE = new Pair(null, 0, null, 0);

  /** One volatile write swaps both. */
  private volatile Pair loaded = NONE;

  private record Pair(
      @Nullable ServedModel current,
      long currentMs,
      @Nullable ServedModel before,
      long beforeMs,
      List<ServedModel> all) {
    Pair(
        @Nullable ServedModel current,
        long currentMs,
        @Nullable ServedModel before,
        long beforeMs) {
      this(
          current,
          currentMs,
          before,
          beforeMs,
          Stream.concat(Stream.ofNullable(current), Stream.ofNullable(before)).toList());
    }
  }

  Models() {}

  /** The one that answers now; null before the first. */
  public @Nullable ServedModel current() {
    return loaded.current();
  }

  /** When the checkpoint of the one that answers was written; 0 before the first. */
  public long writtenMs() {
    return loaded.currentMs();
  }

  /** All that are loaded: the one that answers now first. */
  public List<ServedModel> loaded() {
    return loaded.all();
  }

  /**
   * Has a model answer from now on.
   *
   * @param writtenMs when its checkpoint was written
   * @return the one that is no longer loaded, if there is one: not to be closed while a thread may
   *     still be scoring by it
   */
  Optional<ServedModel> swap(ServedModel next, long writtenMs) {
    Pair now = loaded;
    loaded = new Pair(next, writtenMs, now.current(), now.currentMs());
    return Optional.ofNullable(now.before());
  }

  /** Has the model before answer again, if it is that checkpoint's; whether it is. */
  boolean swapBack(Ref ref) {
    Pair now = loaded;
    boolean isIt = is(now.before(), ref);
    if (isIt) {
      loaded = new Pair(now.before(), now.beforeMs(), now.current(), now.currentMs());
    }
    return isIt;
  }

  /** Whether that checkpoint's answers. */
  boolean answers(Ref ref) {
    return is(loaded.current(), ref);
  }

  /** Closes both; nobody may be scoring. */
  void close() {
    Pair now = loaded;
    loaded = NONE;
    now.all().forEach(ServedModel::close);
  }

  private static boolean is(@Nullable ServedModel model, Ref ref) {
    if (model == null) {
      return false;
    }
    ModelId id = model.id();
    return id.checkpoint().equals(ref.name()) && id.sha256().equals(ref.sha256());
  }
}
