package dev.counterweight.config;

import dev.counterweight.protocol.JobTopics;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The scorer's settings.
 *
 * @param events what is scored on a topic: the user's events by another topic's name, perhaps; null
 *     where only requests over HTTP are
 * @param asked whether the configuration says that the job scores: {@code run --role all} does then
 * @param follow which checkpoints are taken
 * @param maxAgeMs how long a newer checkpoint may be announced that could not be taken, before the
 *     process is not ready
 * @param reasons how many features a score names that moved it most; 0 for none
 * @param retentionMs how long {@link JobTopics#scores} is kept where it is made
 * @param http where requests are answered, or null
 * @param stateDir folder of the judge's state, or null
 */
public record ScorerConfig(
    @Nullable EventsConfig events,
    boolean asked,
    Follow follow,
    long maxAgeMs,
    int reasons,
    long retentionMs,
    @Nullable ScoresHttpConfig http,
    @Nullable Path stateDir) {

  /**
   * Which checkpoints are taken.
   *
   * @param step of {@link Kind#STEP}; else 0
   */
  public record Follow(Kind kind, long step) {
    /** Each that is announced. */
    public static final Follow NEWEST = new Follow(Kind.NEWEST, 0);

    /** Each that is not worse than the one in use, by its recent figures. */
    public static final Follow GUARDED = new Follow(Kind.GUARDED, 0);

    /** Those of one step alone. */
    public static Follow of(long step) {
      return new Follow(Kind.STEP, step);
    }

    /** What decides. */
    public enum Kind {
      NEWEST,
      GUARDED,
      STEP
    }
  }
}
