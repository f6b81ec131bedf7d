package dev.counterweight.scorer;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.Announcement.Ref;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.checkpoint.CheckpointReader;
import dev.counterweight.checkpoint.NamedCheckpoint;
import dev.counterweight.checkpoint.ServingOrder;
import dev.counterweight.config.ScorerConfig.Follow;
import dev.counterweight.config.ScorerConfig.Follow.Kind;
import dev.counterweight.protocol.RecentMetrics;
import dev.counterweight.serving.Guard;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which checkpoint should answer, by what was announced and ordered so far, in the order of the
 * topic. An operator's order goes before all; then {@code scores.follow} decides. An announcement
 * that goes back to an earlier step is an operator's rollback, and never held back.
 *
 * <p>Where it is guarded, the model in use as the guard sees it is the one chosen last; after a
 * restart it is found again by judging what was announced and can still be read, from the oldest
 * on. Reads checkpoint.json alone. Not thread-safe.
 */
final class Following {
  private static final Logger LOG = LoggerFactory.getLogger(Following.class);

  private final Follow follow;
  private final CheckpointReader store;
  private Guard guard = Guard.OPEN;
  private @Nullable NamedCheckpoint chosen;
  private @Nullable NamedCheckpoint ordered;
  private @Nullable Announcement newest;
  private @Nullable NamedCheckpoint unjudged;
  private @Nullable HeldBack held;
  private long heldBack;

  /**
   * A checkpoint that may not take the place of the one in use.
   *
   * @param worse in what, in words
   */
  record HeldBack(Ref ref, List<String> worse) {
    HeldBack {
      worse = List.copyOf(worse);
    }
  }

  Following(Follow follow, CheckpointReader store) {
    this.follow = follow;
    this.store = store;
  }

  /** The one that should answer; empty while none was announced that may. */
  Optional<NamedCheckpoint> wanted() {
    return Optional.ofNullable(ordered != null ? ordered : chosen);
  }

  /** Those before the newest that are kept and may answer where the one wanted cannot. */
  List<NamedCheckpoint> instead() {
    if (ordered != null || follow.kind() != Kind.NEWEST || newest == null) {
      return List.of();
    }
    return newest.earlier().stream().map(NamedCheckpoint::of).toList();
  }

  /** The newest checkpoint, if it is held back. */
  Optional<HeldBack> held() {
    return Optional.ofNullable(held);
  }

  /** The newest checkpoint, if it has to be judged and could not be read. */
  Optional<Ref> unjudged() {
    return ordered != null
        ? Optional.empty()
        : Optional.ofNullable(unjudged).map(NamedCheckpoint::ref);
  }

  /** How many were held back so far. */
  long heldBack() {
    return heldBack;
  }

  /** Whether an operator's order is in force. */
  boolean isOrdered() {
    return ordered != null;
  }

  /**
   * Takes an announcement.
   *
   * @throws IOException if the checkpoint has to be judged and cannot be read: {@link #retry}
   */
  void announced(Announcement announcement) throws IOException {
    Announcement before = newest;
    newest = announcement;
    NamedCheckpoint next = announcement.named();
    switch (follow.kind()) {
      case NEWEST -> chosen = next;
      case STEP -> chooseStep(announcement);
      case GUARDED -> {
        if (before == null) {
          beginWith(announcement.earlier());
        }
        if (before != null && announcement.step() < before.step()) {
          guard = Guard.OPEN;
        }
        unjudged = next;
        retry();
      }
    }
  }

  /**
   * Takes an order of the operator's, or that it is taken back.
   *
   * @throws IOException as {@link #announced}
   */
  void ordered(@Nullable ServingOrder order) throws IOException {
    NamedCheckpoint until = ordered;
    ordered = order == null ? null : order.named();
    held = order == null ? held : null;
    if (order == null && until != null && follow.kind() == Kind.GUARDED && newest != null) {
      // What an operator chose is good; the newest is judged against that.
      chosen = until;
      unjudged = newest.named();
      guard = takingOrdered(until);
      retry();
    }
  }

  /** It may be gone by now: then there is nothing that the newest could be worse than. */
  private Guard takingOrdered(NamedCheckpoint until) {
    try {
      return guard.taking(figures(until));
    } catch (IOException | RuntimeException e) {
      LOG.warn(
          "checkpoint {}, ordered until now, cannot be read: the next is not held to its figures:"
              + " {}",
          until.ref().name(),
          e.getMessage());
      return Guard.OPEN;
    }
  }

  /**
   * Judges the newest checkpoint, if that is still to be done.
   *
   * @throws IOException if it still cannot be read
   */
  void retry() throws IOException {
    if (unjudged != null && ordered == null) {
      judge(unjudged);
      unjudged = null;
    }
  }

  private void judge(NamedCheckpoint next) throws IOException {
    Guard.@Nullable Figures figures = figures(next);
    Guard.Verdict verdict = guard.judge(figures);
    if (verdict.good()) {
      chosen = next;
      guard = guard.taking(figures);
      held = null;
    } else {
      LOG.warn(
          "checkpoint {} is held back, as worse than {}: {}",
          next.ref().name(),
          chosen == null ? "those before it" : chosen.ref().name(),
          String.join("; ", verdict.worse()));
      held = new HeldBack(next.ref(), verdict.worse());
      heldBack++;
    }
  }

  /** Those that are kept, from before what the topic still has. */
  private void beginWith(List<Ref> earlier) {
    List<Ref> oldestFirst = new ArrayList<>(earlier);
    Collections.reverse(oldestFirst);
    for (Ref ref : oldestFirst) {
      try {
        judge(NamedCheckpoint.of(ref));
      } catch (IOException | IllegalArgumentException e) {
        // It has been deleted, or this process cannot see the store: there is no more to be known.
        continue;
      }
    }
    heldBack = 0;
  }

  private void chooseStep(Announcement announcement) {
    if (announcement.step() == follow.step()) {
      chosen = announcement.named();
    } else if (chosen == null) {
      announcement.earlier().stream()
          .map(NamedCheckpoint::of)
          .filter(one -> one.step().orElse(-1) == follow.step())
          .findFirst()
          .ifPresent(one -> chosen = one);
    }
  }

  private Guard.@Nullable Figures figures(NamedCheckpoint of) throws IOException {
    CheckpointManifest manifest = of.readManifest(store);
    try {
      return RecentMetrics.in(manifest.metrics()).map(Following::figures).orElse(null);
    } catch (RuntimeException e) {
      throw new IOException("its recent metrics are not readable: " + e.getMessage(), e);
    }
  }

  private static Guard.Figures figures(RecentMetrics recent) {
    return new Guard.Figures(
        recent.logLossInterval(), recent.recallInterval(), recent.share(), recent.shareInterval());
  }
}
