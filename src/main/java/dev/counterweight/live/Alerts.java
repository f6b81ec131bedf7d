package dev.counterweight.live;

import com.fasterxml.jackson.databind.JsonNode;
import dev.counterweight.live.JobView.Lags.Place;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.protocol.TrainerReport;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RoleView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What somebody should look at, in words: the conditions of monitoring/prometheus/rules that a
 * process can know by itself from what it saw since it began, each with the name of its alert,
 * which is the heading of its section of docs/runbook.md. Not thread-safe.
 */
final class Alerts {
  /** So many are told, the worst first. */
  static final int MOST = 6;

  private static final long AWAY_MS = 60_000;
  private static final long OPEN_MS = 120_000;
  private static final long STALL_MS = 600_000;
  private static final long QUIET_MS = 900_000;
  private static final long CHECKPOINT_MS = 900_000;
  private static final long REFUSED_MS = 60_000;
  private static final long HELD_BACK_MS = 600_000;
  private static final double REFUSED = 0.01;
  private static final double NOT_TAKEN_S = 600;
  private static final double LATE_S = 60;
  private static final double OVERDUE_S = 300;
  private static final double LABELS_EXPECTED = 20;

  private final JobTopics topics;
  private final Standing standing = new Standing();
  private final Worsening worsening;
  private long beganMs = -1;

  /**
   * One of them.
   *
   * @param tone bad, wait or info, by how grave the alert is
   * @param words one line
   * @param sinceMs since when it is so, as far as this process saw
   * @param runbook the alert's name
   */
  record Alert(String tone, String words, long sinceMs, String runbook) {}

  Alerts(JobTopics topics) {
    this.topics = topics;
    this.worsening = new Worsening(standing);
  }

  /**
   * What there is after a look.
   *
   * @param here the roles of this process
   */
  List<Alert> after(JobView view, List<RoleView> here, long nowMs) {
    begin(nowMs);
    standing.is("away", false, nowMs);
    List<Alert> found = new ArrayList<>();
    failed(found, here, nowMs);
    path(found, view, nowMs);
    lags(found, view, here, nowMs);
    joiner(found, RolePages.of(here, "joiner"), nowMs);
    scorer(found, RolePages.of(here, "scorer"), view.scoring(), nowMs);
    refused(found, view, nowMs);
    worsening.look(found, view, nowMs);
    return worst(found);
  }

  /** What there is while the cluster does not answer. */
  List<Alert> away(List<RoleView> here, long nowMs) {
    begin(nowMs);
    List<Alert> found = new ArrayList<>();
    failed(found, here, nowMs);
    long sinceMs = standing.is("away", true, nowMs);
    if (nowMs - sinceMs > AWAY_MS) {
      String words = "No broker has answered this process; every role waits, and nothing is lost.";
      found.add(new Alert("bad", words, sinceMs, "CounterweightKafkaAway"));
    }
    return worst(found);
  }

  private void begin(long nowMs) {
    beganMs = beganMs < 0 ? nowMs : beganMs;
  }

  private static List<Alert> worst(List<Alert> found) {
    List<String> tones = List.of("bad", "wait", "info");
    return found.stream()
        .sorted(Comparator.comparingInt(alert -> tones.indexOf(alert.tone())))
        .limit(MOST)
        .toList();
  }

  private void failed(List<Alert> found, List<RoleView> here, long nowMs) {
    for (RoleView role : here) {
      boolean failed = role.status().state() == Role.State.FAILED;
      long sinceMs = standing.is("failed " + role.name(), failed, nowMs);
      if (failed) {
        String words = "The %s of this process has failed.".formatted(role.name());
        found.add(new Alert("bad", words, sinceMs, "CounterweightRoleDown"));
      }
    }
  }

  /** What stands still on the way from an event to a checkpoint. */
  private void path(List<Alert> found, JobView view, long nowMs) {
    TrainerReport report = view.report();
    long counted = view.weights() == null ? 0 : view.weights().counts().totalEvents();
    long countedMs = standing.changed("counted", counted, nowMs);
    long steps = report == null ? 0 : report.position().step();
    long stepMs = standing.changed("steps", steps, nowMs);
    boolean counts = counted > 0 && nowMs - countedMs < STALL_MS;
    if (counts && nowMs - stepMs > STALL_MS && (report == null || !report.done())) {
      String words = "Events are counted, and there has been no step of training.";
      found.add(new Alert("bad", words, stepMs, "CounterweightTrainingStalled"));
    }
    long checkpointMs =
        view.latest().checkpoint() == null ? beganMs : view.latest().checkpoint().writtenMs();
    if (nowMs - stepMs < STALL_MS && steps > 0 && nowMs - checkpointMs > CHECKPOINT_MS) {
      String words = "Training goes on without a new checkpoint: a restart would repeat all since.";
      found.add(new Alert("bad", words, checkpointMs, "CounterweightCheckpointStale"));
    }
    if (view.held().forMs(nowMs) > OPEN_MS) {
      String words =
          "A producer's open transaction holds back %s offsets of '%s'."
              .formatted(Words.whole(view.held().offsets()), topics.events());
      found.add(new Alert("wait", words, view.held().sinceMs(), "CounterweightOpenTransaction"));
    }
    // Where labels come later, events may wait for a month before they come here.
    boolean quiet = view.now() != null && view.now().arriving() == 0 && !topics.joins();
    long quietMs = standing.is("quiet", quiet, nowMs);
    if (quietMs >= 0 && nowMs - quietMs > QUIET_MS) {
      String words = "No event has come to '%s'.".formatted(topics.events());
      found.add(new Alert("wait", words, quietMs, "CounterweightNoEvents"));
    }
  }

  private void lags(List<Alert> found, JobView view, List<RoleView> here, long nowMs) {
    lag(found, "counter", events(view.lags().counter()), nowMs);
    lag(found, "sampler", events(view.lags().sampler()), nowMs);
    lag(found, "trainer", events(view.lags().trainer()), nowMs);
    for (String role : List.of("joiner", "scorer", "judge")) {
      lag(found, role, RolePages.lag(RolePages.of(here, role)), nowMs);
    }
  }

  private static long events(@Nullable Place place) {
    return place == null ? -1 : place.events();
  }

  private void lag(List<Alert> found, String role, long lag, long nowMs) {
    long sinceMs = standing.grows(role, lag, nowMs);
    if (sinceMs >= 0) {
      String words =
          "The %s falls behind: %s records wait for it, and there are ever more."
              .formatted(role, Words.whole(lag));
      found.add(new Alert("wait", words, sinceMs, "CounterweightLagGrows"));
    }
  }

  private void joiner(List<Alert> found, JsonNode page, long nowMs) {
    double waitS = page.path("wait_seconds").asDouble();
    double oldestS = page.path("oldest_seconds").asDouble();
    boolean overdue = oldestS > waitS + OVERDUE_S && RolePages.lag(page) <= 1_000;
    long overdueMs = standing.is("overdue", overdue, nowMs);
    if (overdue && nowMs - overdueMs > HELD_BACK_MS) {
      String words =
          "The oldest event that waits for its label is %s old; its wait of %s is over."
              .formatted(Words.time(oldestS), Words.time(waitS));
      found.add(new Alert("bad", words, overdueMs, "CounterweightJoinerHeldBack"));
    }
    double silentS = page.path("label_seconds").asDouble();
    double most = Math.max(900, Math.min(waitS / 2, TimeUnit.DAYS.toSeconds(3)));
    double labels = page.path("read_labels").asDouble();
    double expected = labels * silentS / Math.max(1, (nowMs - beganMs) / 1e3 - silentS);
    long readMs = standing.changed("joined", page.path("read_events").asLong(), nowMs);
    if (silentS > most && nowMs - readMs < QUIET_MS && expected > LABELS_EXPECTED) {
      String words = "Events come and labels do not: those whose wait ends are called unlabelled.";
      long sinceMs = nowMs - (long) (1000 * silentS);
      found.add(new Alert("bad", words, sinceMs, "CounterweightLabelsStopped"));
    }
  }

  private void scorer(List<Alert> found, JsonNode page, double perSecond, long nowMs) {
    JsonNode held = page.path("held_back");
    long heldMs = standing.is("held", held.isObject(), nowMs);
    if (held.isObject()) {
      String words =
          "The guard holds back %s: worse in %s. Step %s goes on answering."
              .formatted(
                  held.path("checkpoint").asText(),
                  Words.cut(held.path("worse").path(0).asText()),
                  Words.whole(page.path("step").asDouble()));
      found.add(new Alert("bad", words, heldMs, "CounterweightModelHeldBack"));
    }
    double supersededS = page.path("superseded_seconds").asDouble();
    if (supersededS > NOT_TAKEN_S) {
      long sinceMs = nowMs - (long) (1000 * supersededS);
      String words = "The scorer cannot take the checkpoint that it should answer by.";
      found.add(new Alert("bad", words, sinceMs, "CounterweightModelNotTaken"));
    }
    double neededS = RolePages.lag(page) / Math.max(perSecond, 1e-9);
    long lateMs = standing.is("late", perSecond > 0 && neededS > LATE_S, nowMs);
    if (lateMs >= 0 && nowMs - lateMs > STALL_MS) {
      String words =
          "At its present pace the scorer needs %s for the events that wait for their score."
              .formatted(Words.time(neededS));
      found.add(new Alert("wait", words, lateMs, "CounterweightScoresLate"));
    }
  }

  private void refused(List<Alert> found, JobView view, long nowMs) {
    TopicScan.Letters letters = view.deadLetters();
    long floodMs = standing.is("flood", letters.flood(), nowMs);
    boolean many = letters.perSecond() > 0 && letters.share() > REFUSED && !letters.flood();
    long manyMs = standing.is("refused", many, nowMs);
    String newest =
        view.latest().deadLetter() == null ? "" : ", newest: " + view.latest().deadLetter().value();
    if (floodMs >= 0) {
      String words = "Most events are refused%s.".formatted(newest);
      found.add(new Alert("bad", words, floodMs, "CounterweightPoisonFlood"));
    } else if (many && nowMs - manyMs > REFUSED_MS) {
      String words =
          "%s of the events are refused%s.".formatted(Words.percent(letters.share()), newest);
      found.add(new Alert("wait", words, manyMs, "CounterweightDeadLetters"));
    }
  }
}
