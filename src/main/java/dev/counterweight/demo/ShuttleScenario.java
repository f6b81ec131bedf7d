package dev.counterweight.demo;

import dev.counterweight.demo.JobHistory.MetricsPoint;
import dev.counterweight.event.EventFormat;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.protocol.FailureException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The Shuttle data as a paced stream, judged by both jobs' own metrics. */
final class ShuttleScenario implements Scenario {
  private static final String TOPIC = "shuttle";
  private static final int PARTITIONS = 3;
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final long STALL_NS = Duration.ofSeconds(60).toNanos();

  private volatile long published;
  private @Nullable Played played;

  /**
   * What was played.
   *
   * @param originMs when the stream began, ms since 1970
   */
  private record Played(Stage stage, Replay.Result stream, long originMs) {}

  @Override
  public Map<String, String> natural(DemoFolder folder) {
    return Map.of(
        "events.topic",
        TOPIC,
        "events.features",
        String.join(",", Shuttle.FEATURES),
        "events.label",
        Shuttle.LABEL,
        "events.classes",
        String.join(",", Shuttle.CLASSES));
  }

  /** Its model answers over HTTP alone: scoring the stream as well would slow training down. */
  @Override
  public Map<String, String> rebalanced(DemoFolder folder) {
    Map<String, String> settings = new HashMap<>(natural(folder));
    settings.put("scores.events.topic", "none");
    settings.put("scores.port", "0");
    return settings;
  }

  @Override
  public void createTopics(TopicSetup topics, DemoJobs jobs) {
    topics.create(TOPIC, PARTITIONS, Map.of());
  }

  @Override
  public void play(Stage stage) throws Exception {
    Shuttle.copyTo(stage.folder().data());
    long originMs = stage.clock().millis();
    Replay replay =
        new Replay(
            stream(stage),
            stage.clients(),
            stage.servers(),
            stage.clock(),
            progress -> published = progress.published());
    try (Publishing<Replay.Result> publishing =
        new Publishing<>("counterweight-replay", replay::run, replay::stop)) {
      follow(stage, publishing);
      played = new Played(stage, publishing.end(), originMs);
    }
  }

  private static Replay.Options stream(Stage stage) {
    return new Replay.Options(
        stage.folder().data(),
        Shuttle.FEATURES,
        Shuttle.LABEL,
        Shuttle.CLASSES,
        TOPIC,
        PARTITIONS,
        EventFormat.JSON,
        stage.options().eventsPerSecond());
  }

  /** Watches until all that was published is trained on, or the demo is stopped. */
  private void follow(Stage stage, Publishing<Replay.Result> publishing) throws Exception {
    DemoJobs jobs = stage.jobs();
    if (stage.terminal()) {
      stage.say("Streaming and training; G-mean so far: natural | rebalanced");
    }
    long trained = -1;
    long movedNs = System.nanoTime();
    try (TopicTail<MetricsPoint> left = jobs.natural().metrics(stage.clients());
        TopicTail<MetricsPoint> right = jobs.rebalanced().metrics(stage.clients());
        ProgressDisplay display =
            new ProgressDisplay("Shuttle", Shuttle.ROWS, stage.terminal(), stage.out())) {
      while (!stage.stopped().getAsBoolean()) {
        jobs.failIfAnyFailed();
        MetricsPoint leftNow = left.follow(POLL).orElse(null);
        MetricsPoint rightNow = right.follow(Duration.ZERO).orElse(null);
        String gmeans = ResultTable.gmeans(leftNow, rightNow, stage.terminal());
        boolean finished = publishing.finished();
        display.update(published, Shuttle.ROWS, gmeans);
        long nowTrained = Math.min(events(leftNow), events(rightNow));
        if (nowTrained != trained || !finished) {
          trained = nowTrained;
          movedNs = System.nanoTime();
        }
        if (finished && trained >= published) {
          display.finish(published, gmeans);
          return;
        }
        if (System.nanoTime() - movedNs > STALL_NS) {
          throw new FailureException(
              "the jobs stand still at %d of %d events".formatted(trained, published));
        }
      }
    }
  }

  private static long events(@Nullable MetricsPoint point) {
    return point == null ? 0 : point.events();
  }

  /** All that is told stands on topics. */
  @Override
  public void ask() {}

  @Override
  public Outcome outcome() {
    Played was = Objects.requireNonNull(played, "an outcome before the stream");
    ReportData data = report(was);
    Report.write(data, was.stage().folder().report());
    return new Outcome(ResultTable.of(data), was.stage().jobs().summaries());
  }

  private static ReportData report(Played was) {
    Map<String, Long> counts = new LinkedHashMap<>();
    Shuttle.CLASSES.forEach(name -> counts.put(name, was.stream().counts().getOrDefault(name, 0L)));
    HistoryReader history = new HistoryReader(was.stage().clients(), TIMEOUT);
    DemoJobs jobs = was.stage().jobs();
    return new ReportData(
        "Shuttle: seven classes, one of them 4,559 times as common as another",
        facts(was),
        counts,
        history.read(jobs.natural().config().topics(), was.originMs()),
        history.read(jobs.rebalanced().config().topics(), was.originMs()));
  }

  private static Map<String, String> facts(Played was) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("Data", "Statlog (Shuttle), NASA");
    facts.put("Events", String.format(Locale.ROOT, "%,d", was.stream().published()));
    facts.put("Pace", was.stage().options().pace("events"));
    facts.put("Seed", Long.toString(was.stage().options().seed()));
    facts.put(
        "Begun", Instant.ofEpochMilli(was.originMs()).truncatedTo(ChronoUnit.SECONDS).toString());
    return facts;
  }

  @Override
  public String question() {
    return Shuttle.EVENT;
  }

  @Override
  public void close() {}
}
