package dev.counterweight.checkpoint;

import dev.counterweight.checkpoint.Announcement.Ref;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of a job that were announced, newest first.
 *
 * @param announcements newest first
 */
public record Announced(List<Announcement> announcements) {
  private static final Logger LOG = LoggerFactory.getLogger(Announced.class);

  public Announced {
    announcements = List.copyOf(announcements);
  }

  /** Every checkpoint named, newest first, each once. */
  public List<Ref> refs() {
    Map<String, Ref> refs = new LinkedHashMap<>();
    for (Announcement announcement : announcements) {
      announcement.all().forEach(ref -> refs.putIfAbsent(ref.name(), ref));
    }
    return new ArrayList<>(refs.values());
  }

  /**
   * Whether the newest announcement no longer names a checkpoint: the trainer has deleted it, or is
   * about to.
   */
  public boolean retired(Ref ref) {
    return announcements.isEmpty() || !announcements.get(0).all().contains(ref);
  }

  /**
   * The newest checkpoint that is whole, in the store or in its announcement; newer ones are
   * skipped with a warning. Empty if there is none.
   */
  public Optional<StoredCheckpoint> newestWhole(CheckpointFolder store) {
    for (Ref ref : refs()) {
      try {
        return Optional.of(store.read(ref));
      } catch (IOException | IllegalArgumentException e) {
        Optional<StoredCheckpoint> inline = inline(ref);
        LOG.warn(
            "checkpoint {} cannot be read from {}: {}; {}",
            ref.name(),
            store.location(ref.name()),
            e.getMessage(),
            inline.isPresent()
                ? "the copy in its announcement is used"
                : "it is skipped for the one before it");
        if (inline.isPresent()) {
          return inline;
        }
      }
    }
    return Optional.empty();
  }

  private Optional<StoredCheckpoint> inline(Ref ref) {
    for (Announcement announcement : announcements) {
      if (announcement.checkpoint().equals(ref) && !announcement.inline().isEmpty()) {
        try {
          return Optional.of(announcement.readInline());
        } catch (IOException | IllegalArgumentException e) {
          LOG.debug("the announcement of {} does not carry it whole", ref.name(), e);
        }
      }
    }
    return Optional.empty();
  }
}
