package dev.counterweight.live;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.counterweight.live.JobView.Latest.Seen;
import dev.counterweight.protocol.ServedScore;
import dev.counterweight.runtime.RoleView;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The part of a job's state that is about labels that come later and about what is served: only
 * what is known, and nothing of a role that the job does not have.
 */
final class AnswersJson {
  private static final List<String> LABELS =
      List.of(
          "median_seconds",
          "never_share",
          "waiting",
          "oldest_seconds",
          "matched",
          "unlabelled",
          "dropped",
          "corrected",
          "late",
          "unmatched");

  private static final List<String> SERVED =
      List.of("judged", "waiting", "log_loss", "gmean", "ece", "delay_seconds");

  private static final List<String> SCORER =
      List.of("scored", "refused", "lag", "step", "checkpoint", "ordered", "held_back");

  private AnswersJson() {}

  /** How late labels are, and what the joiner makes of them; of a job that has one. */
  static void labels(ObjectNode root, List<RoleView> here, JobView view) {
    JsonNode page = RolePages.of(here, "joiner");
    ObjectNode node = root.putObject("labels");
    copy(node, page, LABELS);
    if (page.isMissingNode()) {
      put(node, "median_seconds", view.labels().medianSeconds());
      put(node, "never_share", view.labels().neverShare());
    }
    long lag = RolePages.lag(page);
    if (lag >= 0) {
      node.put("lag", lag);
    }
  }

  /** What answers, and by which checkpoint; nothing where there is no scorer. */
  static void scorer(ObjectNode root, List<RoleView> here, JobView view, long nowMs) {
    JsonNode page = RolePages.of(here, "scorer");
    Seen<ServedScore> score = view.latest().score();
    if (page.isMissingNode() && score == null) {
      return;
    }
    ObjectNode node = root.putObject("scorer").put("here", !page.isMissingNode());
    copy(node, page, SCORER);
    put(node, "per_second", view.scoring());
    long writtenMs = page.path("written_ms").asLong();
    if (writtenMs > 0) {
      node.put("age_seconds", Math.max(0, nowMs - writtenMs) / 1000);
    }
    if (page.isMissingNode() && score != null) {
      node.put("step", score.value().step()).put("wrote_ms", score.writtenMs());
    }
  }

  /** What was served, judged by the labels that came since; nothing where there is no judge. */
  static void served(ObjectNode root, List<RoleView> here) {
    JsonNode page = RolePages.of(here, "judge");
    if (page.isMissingNode()) {
      return;
    }
    ObjectNode node = root.putObject("served");
    copy(node, page, SERVED);
    rarest(page)
        .ifPresent(
            name -> {
              node.put("class", name).set("labels", page.path("labels").path(name));
              for (String of : List.of("recall", "recall_interval", "precision")) {
                if (page.path(of).has(name)) {
                  node.set(of, page.path(of).path(name));
                }
              }
            });
  }

  /** The class of which the fewest labels came. */
  private static Optional<String> rarest(JsonNode page) {
    return page.path("labels").properties().stream()
        .min(Comparator.comparingLong(labels -> labels.getValue().asLong()))
        .map(Map.Entry::getKey);
  }

  private static void copy(ObjectNode node, JsonNode page, List<String> names) {
    for (String name : names) {
      if (page.has(name)) {
        node.set(name, page.path(name));
      }
    }
  }

  private static void put(ObjectNode node, String name, double value) {
    if (Double.isFinite(value)) {
      node.put(name, value);
    }
  }
}
