package dev.counterweight.checkpoint;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint's folder name, {@code step-000000001000-WRITER}; a second checkpoint of one writer
 * at one step ends in {@code ~2}, and so on.
 *
 * @param attempt which of the writer's checkpoints at that step, from 1
 */
record CheckpointName(String name, long step, String writer, int attempt) {
  private static final Pattern NAME =
      Pattern.compile("step-(\\d{12,18})-([A-Za-z0-9._-]{1,100}?)(?:~(\\d{1,9}))?");
  private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._~-]*");

  /** The name of a writer's {@code attempt}th checkpoint at a step, from 1. */
  static CheckpointName of(long step, String writer, int attempt) {
    String suffix = attempt == 1 ? "" : "~" + attempt;
    String digits = String.format(Locale.ROOT, "%012d", step);
    return new CheckpointName("step-" + digits + "-" + writer + suffix, step, writer, attempt);
  }

  /** The parts of a name, or null if it is not a checkpoint's. */
  static @Nullable CheckpointName parse(String name) {
    Matcher matcher = NAME.matcher(name);
    if (!matcher.matches()) {
      return null;
    }
    int attempt = matcher.group(3) == null ? 1 : Integer.parseInt(matcher.group(3));
    return new CheckpointName(name, Long.parseLong(matcher.group(1)), matcher.group(2), attempt);
  }

  /**
   * Whether a checkpoint was certainly written before another. One of another writer at the same
   * step, or a later one of the same writer, may be that of a successor.
   */
  boolean before(CheckpointName other) {
    return step < other.step
        || (step == other.step && writer.equals(other.writer) && attempt < other.attempt);
  }

  /** A writer id that can stand in a name: what cannot is replaced by an underscore. */
  static String writer(String instanceId) {
    String safe = instanceId.replaceAll("[^A-Za-z0-9._-]", "_");
    return safe.substring(0, Math.min(safe.length(), 100));
  }

  /**
   * Refuses what could lead out of the folder it is looked up in.
   *
   * @throws IllegalArgumentException if it could
   */
  static void requireSafe(String name) {
    if (!SAFE.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "name '%s': letters, digits, '.', '_', '-' and '~' only, and no '.' first"
              .formatted(name));
    }
  }
}
