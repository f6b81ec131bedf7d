package dev.counterweight.inference;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.event.Shown;
import dev.counterweight.serving.ServedModel;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What each request is answered with, whatever brought it here. Thread-safe. */
final class Answers {
  private static final byte[] LIVE = "{\"live\":true}".getBytes(UTF_8);

  private final String job;
  private final String version;
  private final ModelSource models;
  private final Scoring scoring;

  /**
   * @param version of this program
   */
  Answers(String job, String version, ModelSource models, Limits limits, EventForm form) {
    this.job = job;
    this.version = version;
    this.models = models;
    this.scoring = new Scoring(job, limits, form);
  }

  /** The answer to a GET. */
  Reply get(Target target) throws Refusal {
    return switch (target.what()) {
      case LIVE -> Reply.ok(LIVE, 0);
      case READY -> ready();
      case SERVER -> Reply.ok(Metadata.server(version), 0);
      case MODEL -> {
        ServedModel model = model(target);
        yield Reply.ok(Metadata.model(job, model, models.loaded()), 0);
      }
      case MODEL_READY -> modelReady(target);
      case SCORE, INFER, NOTHING -> throw new IllegalArgumentException(target + " is no GET");
    };
  }

  /**
   * The answer to a POST, by the model that is there when it is worked on.
   *
   * @param query of the request, raw, or null
   * @return empty if there are more than {@code mostRows}, none of which is scored then
   */
  Optional<Reply> post(
      Target target, @Nullable String query, byte[] body, Deadline deadline, int mostRows)
      throws Refusal {
    ServedModel model = model(target);
    return target.what() == Target.What.SCORE
        ? scoring.score(model, query, body, deadline, mostRows)
        : scoring.infer(model, body, deadline, mostRows);
  }

  /**
   * The model that a request asks for.
   *
   * @throws Refusal if there is none of its name, or of its version, or none yet
   */
  ServedModel model(Target target) throws Refusal {
    if (target.model() != null && !target.model().equals(job)) {
      throw new Refusal(
          404, "model '%s': this server has '%s' alone".formatted(Shown.text(target.model()), job));
    }
    List<ServedModel> loaded = models.loaded();
    if (loaded.isEmpty()) {
      throw new Refusal(503, models.obstacle().orElse("no checkpoint has been taken yet"));
    }
    String asked = target.version();
    if (asked == null) {
      return loaded.get(0);
    }
    return loaded.stream()
        .filter(model -> asked.equals(String.valueOf(model.id().step())))
        .findFirst()
        .orElseThrow(
            () ->
                new Refusal(
                    404,
                    "version '%s' of model '%s': loaded are %s"
                        .formatted(Shown.text(asked), job, versions(loaded))));
  }

  private static String versions(List<ServedModel> loaded) {
    return loaded.stream()
        .map(model -> String.valueOf(model.id().step()))
        .distinct()
        .collect(Collectors.joining(", "));
  }

  private Reply ready() {
    @Nullable String obstacle = obstacle();
    JsonBytes out = new JsonBytes(128).raw("{\"live\":true,\"ready\":");
    return readiness(out, obstacle);
  }

  private Reply modelReady(Target target) throws Refusal {
    @Nullable String obstacle = obstacle();
    if (obstacle == null || target.model() != null && !target.model().equals(job)) {
      model(target);
    }
    JsonBytes out = new JsonBytes(128).raw("{\"name\":").text(job).raw(",\"ready\":");
    return readiness(out, obstacle);
  }

  private static Reply readiness(JsonBytes out, @Nullable String obstacle) {
    if (obstacle == null) {
      return Reply.ok(out.raw("true}").toBytes(), 0);
    }
    return new Reply(503, out.raw("false,\"error\":").text(obstacle).raw("}").toBytes(), 0);
  }

  private @Nullable String obstacle() {
    return models
        .obstacle()
        .orElseGet(() -> models.loaded().isEmpty() ? "no checkpoint has been taken yet" : null);
  }
}
