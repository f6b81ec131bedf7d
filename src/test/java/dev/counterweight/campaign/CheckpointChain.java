package dev.counterweight.campaign;

import dev.counterweight.campaign.Observed.Batch;
import dev.counterweight.campaign.Observed.Part;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.Announcement.Ref;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.checkpoint.CheckpointReader;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Announced checkpoints are what they say, are there, and go on from each other. */
final class CheckpointChain implements Invariant {
  @Override
  public void check(History history, Observed observed, Truth truth, Findings findings) {
    if (!observed.scope().has(Part.TRAINER)) {
      return;
    }
    Walk walk = new Walk(history, observed, findings);
    observed.announcements().forEach(walk::next);
    walk.requireKept();
    if (observed.scope().complete()) {
      requireAll(observed, findings);
    }
  }

  /** Goes along the announcements. Not thread-safe. */
  private static final class Walk {
    private final History history;
    private final Findings findings;
    private final CheckpointReader store;
    private final List<Ref> kept; // by the newest announcement
    private final Map<String, Announcement> before = new HashMap<>();
    private @Nullable Announcement last;

    Walk(History history, Observed observed, Findings findings) {
      List<Announcement> all = observed.announcements();
      this.history = history;
      this.findings = findings;
      this.store = new CheckpointReader(observed.config().trainer().checkpoints().dir());
      this.kept = all.isEmpty() ? List.of() : all.get(all.size() - 1).all();
    }

    void next(Announcement announcement) {
      CheckpointManifest manifest = manifest(announcement);
      if (manifest != null) {
        requireAsAnnounced(announcement, manifest);
        requireFollows(announcement, manifest.origin().parent());
      }
      Announcement same = before.put(announcement.checkpoint().name(), announcement);
      findings.require(
          same == null,
          Rule.CHECKPOINTS_CHAIN,
          "checkpoint %s is announced twice",
          announcement.checkpoint().name());
      last = announcement;
    }

    /** Of what it says of itself; null where that is gone, and may be. */
    private @Nullable CheckpointManifest manifest(Announcement announcement) {
      try {
        return announcement.named().readManifest(store);
      } catch (IOException | IllegalArgumentException e) {
        missing(announcement.checkpoint(), e);
        return null;
      }
    }

    private void missing(Ref checkpoint, Exception why) {
      findings.require(
          !kept.contains(checkpoint) || history.isDamaged(checkpoint.name()),
          Rule.CHECKPOINTS_CHAIN,
          "checkpoint %s is announced, and cannot be read: %s",
          checkpoint.name(),
          why.getMessage());
    }

    private void requireAsAnnounced(Announcement announcement, CheckpointManifest manifest) {
      CheckpointManifest.Position position = manifest.position();
      findings.require(
          position.step() == announcement.step()
              && position.batchOffset() == announcement.batchOffset(),
          Rule.CHECKPOINTS_CHAIN,
          "checkpoint %s is of %s, announced as of step %d, batch offset %d",
          announcement.checkpoint().name(),
          position,
          announcement.step(),
          announcement.batchOffset());
    }

    /** It goes on from the one before or, where that was spoilt, from one before that. */
    private void requireFollows(Announcement announcement, @Nullable String parent) {
      String newest = last == null ? null : last.checkpoint().name();
      Announcement from = parent == null ? null : before.get(parent);
      boolean known = parent == null ? newest == null : from != null;
      boolean newestMayBeSpoilt = history.anyDamaged();
      findings.require(
          known && (newestMayBeSpoilt || Objects.equals(parent, newest)),
          Rule.CHECKPOINTS_CHAIN,
          "checkpoint %s goes on from %s, announced before it is %s",
          announcement.checkpoint().name(),
          parent,
          newest);
      if (from != null) {
        findings.require(
            announcement.step() >= from.step() && announcement.batchOffset() > from.batchOffset(),
            Rule.CHECKPOINTS_CHAIN,
            "checkpoint %s of step %d, batch offset %d goes on from %s of step %d, offset %d",
            announcement.checkpoint().name(),
            announcement.step(),
            announcement.batchOffset(),
            parent,
            from.step(),
            from.batchOffset());
      }
    }

    /** What the newest announcement says is kept is there, and whole. */
    void requireKept() {
      for (Ref checkpoint : kept) {
        try {
          store.read(checkpoint);
        } catch (IOException | IllegalArgumentException e) {
          missing(checkpoint, e);
        }
      }
    }
  }

  /** The newest has been trained on all there is. */
  private static void requireAll(Observed observed, Findings findings) {
    List<Batch> batches = observed.batches();
    List<Announcement> all = observed.announcements();
    if (batches.isEmpty()) {
      return;
    }
    long last = batches.get(batches.size() - 1).offset();
    long rows = batches.stream().mapToLong(b -> b.record().draws().rows()).sum();
    if (rows < observed.config().trainer().batchSize()) {
      return; // no step, no checkpoint
    }
    findings.require(
        !all.isEmpty() && all.get(all.size() - 1).batchOffset() > last,
        Rule.CHECKPOINTS_CHAIN,
        "the newest checkpoint is of batch offset %s, the last batch record stands at %d",
        all.isEmpty() ? "none" : all.get(all.size() - 1).batchOffset(),
        last);
  }
}
