package dev.counterweight.campaign;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Events and labels by the seed, as JSON. Not thread-safe. */
final class MadeEvents {
  static final List<String> CLASSES = List.of("ok", "odd", "fraud");

  /** Longer than this is no event: events.max.bytes. */
  static final int MAX_BYTES = 2_048;

  /** A label's time is at most so far from its event's: less than any wait. */
  static final long LATEST_MS = 10_000;

  private final SplittableRandom random;
  private final boolean joins;
  private int made;

  MadeEvents(long seed, boolean joins) {
    this.random = new SplittableRandom(seed ^ 0x5eed);
    this.joins = joins;
  }

  /** An event that is not yet written. */
  record Made(String key, int label, long timeMs, byte @Nullable [] value) {}

  /** A label for the events of a key; the one that it was made for is of a time. */
  record MadeLabel(String key, int label, long timeMs, byte[] value, long eventMs) {}

  Made good(long timeMs) {
    int label = random.nextInt(5) > 0 ? 0 : random.nextInt(4) > 0 ? 1 : 2;
    String x = String.format(Locale.ROOT, "%.4f", random.nextGaussian() + 2 * label);
    return made(label, timeMs, x, CLASSES.get(label), "");
  }

  Made oversize(long timeMs) {
    return made(-1, timeMs, "1", CLASSES.get(0), ",\"note\":\"" + "x".repeat(MAX_BYTES) + "\"");
  }

  Made badFeature(long timeMs) {
    return made(0, timeMs, "\"much\"", CLASSES.get(0), "");
  }

  /** Of no known class, where labels stand in the events. */
  Made badLabel(long timeMs) {
    return made(-1, timeMs, "1", "weird", "");
  }

  private Made made(int label, long timeMs, String x, String className, String more) {
    String text =
        String.format(
            Locale.ROOT,
            "{\"x\":%s,\"y\":%.4f,\"at\":%d%s%s}",
            x,
            random.nextGaussian() - label,
            timeMs,
            joins ? "" : ",\"label\":\"" + className + "\"",
            more);
    return new Made("e" + made++, label, timeMs, text.getBytes(UTF_8));
  }

  /** What is no event, with a key of its own. */
  Made broken(long timeMs) {
    return new Made("b" + made++, -1, timeMs, ("{\"x\":" + made).getBytes(UTF_8));
  }

  /** Mostly one label; none for some, if that may be, two for others, which may differ. */
  List<MadeLabel> labels(Made event, boolean mayHaveNone) {
    return switch (random.nextInt(20)) {
      case 0, 1 -> mayHaveNone ? List.of() : List.of(label(event, event.label));
      case 2 -> List.of(label(event, event.label), label(event, random.nextInt(CLASSES.size())));
      default -> List.of(label(event, event.label));
    };
  }

  /** Its time is near its event's. */
  MadeLabel label(Made event, int label) {
    return label(event.key, label, CLASSES.get(label), event.timeMs);
  }

  /** Of no known class, and of no event. */
  MadeLabel badLabelAlone(long timeMs) {
    return label("l" + made++, -1, "weird", timeMs);
  }

  private MadeLabel label(String key, int label, String className, long nearMs) {
    long timeMs = nearMs + random.nextLong(-LATEST_MS, LATEST_MS);
    String text = "{\"outcome\":\"%s\",\"at\":%d}".formatted(className, timeMs);
    return new MadeLabel(key, label, timeMs, text.getBytes(UTF_8), nearMs);
  }

  int below(int bound) {
    return random.nextInt(bound);
  }
}
