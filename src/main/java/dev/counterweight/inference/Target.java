package dev.counterweight.inference;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a request's path names.
 *
 * @param model name of one, or null
 * @param version of it that is asked for, or null for the one in use
 */
record Target(What what, @Nullable String model, @Nullable String version) {
  private static final int MODEL = 2;
  private static final int VERSION = 4;

  /** What there is. */
  enum What {
    SCORE(Kind.SCORE),
    SERVER(Kind.METADATA),
    LIVE(Kind.HEALTH),
    READY(Kind.HEALTH),
    MODEL(Kind.METADATA),
    MODEL_READY(Kind.HEALTH),
    INFER(Kind.INFER),
    NOTHING(Kind.OTHER);

    private final Kind kind;

    What(Kind kind) {
      this.kind = kind;
    }
  }

  private static final Target NOTHING = new Target(What.NOTHING, null, null);
  private static final Target SCORE = new Target(What.SCORE, null, null);

  /** That of inference by the model in use. */
  static Target infer(String model) {
    return new Target(What.INFER, model, null);
  }

  /**
   * Reads a path, whole.
   *
   * @param path decoded, from its first slash on
   */
  static Target of(String path) {
    return switch (path) {
      case "/score" -> SCORE;
      case "/v2", "/v2/" -> new Target(What.SERVER, null, null);
      case "/v2/health/live" -> new Target(What.LIVE, null, null);
      case "/v2/health/ready" -> new Target(What.READY, null, null);
      default -> path.startsWith("/v2/models/") ? model(List.of(path.split("/", -1))) : NOTHING;
    };
  }

  /** {@code ["", v2, models, NAME, versions, VERSION, ready or infer]}. */
  private static Target model(List<String> all) {
    List<String> parts = all.subList(1, all.size());
    boolean versioned = parts.size() > VERSION && parts.get(VERSION - 1).equals("versions");
    int used = versioned ? VERSION + 1 : MODEL + 1;
    String name = parts.get(MODEL);
    String version = versioned ? parts.get(VERSION) : null;
    if (name.isEmpty() || "".equals(version) || parts.size() > used + 1) {
      return NOTHING;
    }
    String verb = parts.size() == used ? "" : parts.get(used);
    return switch (verb) {
      case "" -> new Target(What.MODEL, name, version);
      case "ready" -> new Target(What.MODEL_READY, name, version);
      case "infer" -> new Target(What.INFER, name, version);
      default -> NOTHING;
    };
  }

  Kind kind() {
    return what.kind;
  }

  /** Whether it is asked by POST; all else by GET. */
  boolean posted() {
    return kind().scores();
  }
}
