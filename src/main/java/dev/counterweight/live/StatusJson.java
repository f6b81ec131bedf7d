package dev.counterweight.live;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.kafka.OpenTransactions.Held;
import dev.counterweight.live.JobView.Lags.Place;
import dev.counterweight.live.JobView.Latest.Seen;
import dev.counterweight.live.JobView.Point;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.protocol.NamedMetrics;
import dev.counterweight.protocol.TrainerReport;
import dev.counterweight.protocol.TrainerReport.FeatureShare;
import dev.counterweight.runtime.RoleView;
import dev.counterweight.weights.Snapshot;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A job's state as the page fetches it. What is not known is absent, or null in the lists of
 * points.
 */
final class StatusJson {
  private static final JsonMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  /** Features that there is room for. */
  private static final int MAX_FEATURES = 8;

  private StatusJson() {}

  /**
   * The state as JSON.
   *
   * @param jobs of this process, by name
   * @param roles of the job in this process
   * @param since points of the lines from this sequence number on
   */
  static String of(
      List<String> jobs,
      JobTopics topics,
      List<RoleView> roles,
      JobView view,
      long since,
      long nowMs) {
    List<RoleLine> lines = RoleLine.of(roles, topics.joins(), view, nowMs);
    ObjectNode root = JSON.createObjectNode();
    root.putPOJO("jobs", jobs);
    root.put("job", topics.job()).put("events_topic", topics.events()).put("now_ms", nowMs);
    root.putPOJO("headline", Headline.of(lines, view, nowMs)).putPOJO("roles", lines);
    ObjectNode cluster = root.putObject("cluster").put("answered_ms", view.timeMs());
    if (view.trouble() != null) {
      cluster.put("trouble", view.trouble());
    }
    root.putPOJO("missing", Gaps.of(topics, view, nowMs));
    figures(root.putObject("figures"), view);
    held(root.putObject("held"), view.held(), nowMs);
    if (topics.joins()) {
      AnswersJson.labels(root, roles, view);
    }
    AnswersJson.scorer(root, roles, view, nowMs);
    AnswersJson.served(root, roles);
    root.putPOJO("alerts", view.alerts());
    ClassesJson.classes(root.putObject("classes"), view);
    ClassesJson.decisions(root.putObject("decisions"), view);
    features(root.putObject("features"), view);
    candidates(root, view);
    root.putPOJO("marks", view.marks());
    checkpoint(root, view.latest().checkpoint());
    deadLetters(root.putObject("dead_letters"), topics, view);
    points(root.putObject("points"), view, since);
    try {
      return JSON.writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a status that JSON cannot hold", e);
    }
  }

  private static void figures(ObjectNode node, JobView view) {
    Point now = view.now();
    if (now != null) {
      put(node, "arriving_per_second", now.arriving());
      put(node, "training_per_second", now.training());
      put(node, "steps_per_second", now.steps());
    }
    Place trainer = view.lags().trainer();
    if (trainer != null) {
      node.put("behind", RoleLine.distance(trainer)).put("behind_events", trainer.events());
      put(node, "behind_seconds", trainer.seconds());
    }
    Snapshot weights = view.weights();
    if (weights != null) {
      node.put("counted", weights.counts().totalEvents());
    }
    TrainerReport report = view.report();
    if (report != null) {
      node.put("events", report.position().events()).put("steps", report.position().step());
      put(node, "loss", view.loss());
      numbers(node.putObject("window"), report.window());
      numbers(node.putObject("since_start"), report.sinceStart());
    }
  }

  /** The metrics that are one number. */
  private static void numbers(ObjectNode node, NamedMetrics metrics) {
    put(node, "gmean", metrics.decisions().gmean());
    put(node, "gmean_classes", (double) metrics.decisions().gmeanClasses());
    put(node, "balanced_accuracy", metrics.decisions().balancedAccuracy());
    put(node, "mcc", metrics.decisions().mcc());
    put(node, "log_loss", metrics.probabilities().logLoss());
    put(node, "ece", metrics.probabilities().ece());
  }

  private static void held(ObjectNode node, Held held, long nowMs) {
    node.put("offsets", held.offsets());
    if (held.offsets() > 0) {
      node.put("since_ms", held.sinceMs()).put("seconds", held.forMs(nowMs) / 1000);
      node.putPOJO("from", held.from());
    }
  }

  /** Of features that may be missing, or are categories: those whose shares changed most. */
  private static void features(ObjectNode node, JobView view) {
    ArrayNode rows = node.putArray("rows");
    Map<String, FeatureShare> shown = shownFeatures(view);
    TrainerReport report = view.report();
    if (report != null && shown.size() < report.features().size()) {
      node.put("note", "The %d whose shares changed most.".formatted(shown.size()));
    }
    shown.forEach(
        (name, share) -> {
          ObjectNode row = rows.addObject().put("feature", name);
          put(row, "missing", share.missing());
          put(row, "missing_since_start", share.missingSinceStart());
          put(row, "unseen", share.unseen());
          put(row, "unseen_since_start", share.unseenSinceStart());
        });
  }

  /** Of those that count, the heaviest first. */
  private static void candidates(ObjectNode root, JobView view) {
    TrainerReport report = view.report();
    if (report != null && !report.candidates().isEmpty()) {
      String words =
          report.candidates().entrySet().stream()
              .filter(share -> share.getValue() > 0)
              .sorted(Comparator.comparingDouble(share -> -share.getValue()))
              .map(share -> share.getKey() + " " + Math.round(100 * share.getValue()) + " %")
              .collect(Collectors.joining(", "));
      root.putObject("candidates")
          .put(
              "words",
              "Served of %d networks%s: %s"
                  .formatted(
                      report.candidates().size(),
                      report.forest().isEmpty() ? "" : ", pooled with a forest",
                      words));
    }
  }

  private static Map<String, FeatureShare> shownFeatures(JobView view) {
    TrainerReport report = view.report();
    return report == null ? Map.of() : FeatureShare.most(report.features(), MAX_FEATURES);
  }

  private static void checkpoint(ObjectNode root, @Nullable Seen<Announcement> seen) {
    if (seen != null) {
      root.putObject("checkpoint")
          .put("name", seen.value().checkpoint().name())
          .put("step", seen.value().step())
          .put("written_ms", seen.writtenMs())
          .put("kept", 1 + seen.value().earlier().size());
    }
  }

  private static void deadLetters(ObjectNode node, JobTopics topics, JobView view) {
    if (view.unseen().get(topics.deadLetters()) != TopicScan.Unseen.FORBIDDEN) {
      node.put("count", view.deadLetters().count())
          .put("estimated", view.deadLetters().estimated());
    }
    Seen<String> newest = view.latest().deadLetter();
    if (newest != null) {
      node.put("newest_reason", newest.value()).put("newest_ms", newest.writtenMs());
    }
    node.putPOJO("reasons", view.deadLetters().reasons());
  }

  private static void points(ObjectNode node, JobView view, long since) {
    List<Point> points = view.points();
    List<Point> asked = points.stream().filter(m -> m.sequence() >= since).toList();
    node.put("next", points.isEmpty() ? 0 : points.get(points.size() - 1).sequence() + 1);
    ArrayNode times = node.putArray("time_ms");
    asked.forEach(moment -> times.add(moment.timeMs()));
    Map<String, ToDoubleFunction<Point>> lines =
        Map.of(
            "arriving", Point::arriving,
            "training", Point::training,
            "steps", Point::steps,
            "loss", Point::loss,
            "gmean", Point::gmean,
            "behind_seconds", Point::behindSeconds);
    lines.forEach((name, value) -> asked.forEach(line(node.putArray(name), value)));
    ObjectNode missing = node.putObject("missing");
    ObjectNode unseen = node.putObject("unseen");
    for (String name : shownFeatures(view).keySet()) {
      asked.forEach(line(missing.putArray(name), m -> m.share(name, FeatureShare::missing)));
      asked.forEach(line(unseen.putArray(name), m -> m.share(name, FeatureShare::unseen)));
    }
    ObjectNode recall = node.putObject("recall");
    Snapshot weights = view.weights();
    if (weights != null) {
      for (int c : ShownClasses.of(weights).order()) {
        asked.forEach(line(recall.putArray(weights.classes().get(c)), m -> m.recall(c)));
      }
    }
  }

  private static Consumer<Point> line(ArrayNode list, ToDoubleFunction<Point> value) {
    return moment -> {
      double y = value.applyAsDouble(moment);
      if (Double.isFinite(y)) {
        list.add(rounded(y));
      } else {
        list.addNull();
      }
    };
  }

  /** What is known, rounded. */
  static void put(ObjectNode node, String name, @Nullable Number value) {
    if (value != null && Double.isFinite(value.doubleValue())) {
      node.put(name, rounded(value.doubleValue()));
    }
  }

  /** Five digits: more than a line or a table shows. */
  static double rounded(double value) {
    return value == 0 ? 0 : new BigDecimal(value).round(new MathContext(5)).doubleValue();
  }
}
