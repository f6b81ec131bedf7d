package dev.counterweight.demo;

import dev.counterweight.runtime.RoleRunner;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What a demo came to.
 *
 * @param history reads both jobs' topics
 * @param published the stream as it was published
 * @param originMs when the stream began, ms since 1970
 */
record Outcome(
    Demo.Options options,
    DemoFolder folder,
    HistoryReader history,
    Replay.Result published,
    long originMs,
    DemoJob natural,
    DemoJob rebalanced) {

  /** Writes report and summary with the figures there are now, over those written before. */
  ReportData write() {
    ReportData data = report();
    Report.write(data, folder.report());
    if (options.summary() != null) {
      write(options.summary());
    }
    return data;
  }

  /** Prints the table, and where the files are. */
  void print(ReportData data, PrintWriter out) {
    out.println();
    out.print(ResultTable.of(data));
    out.println();
    out.println("Report: " + folder.report());
    out.println("Checkpoints: " + folder.checkpoints());
    out.flush();
  }

  private ReportData report() {
    Map<String, Long> counts = new LinkedHashMap<>();
    Shuttle.CLASSES.forEach(name -> counts.put(name, published.counts().getOrDefault(name, 0L)));
    return new ReportData(
        "Shuttle: seven classes, one of them 4,559 times as common as another",
        facts(),
        counts,
        history.read(natural.config().topics(), originMs),
        history.read(rebalanced.config().topics(), originMs));
  }

  private Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("Data", "Statlog (Shuttle), NASA");
    facts.put("Events", String.format(Locale.ROOT, "%,d", published.published()));
    facts.put(
        "Pace",
        options.eventsPerSecond() == 0
            ? "as fast as possible"
            : String.format(Locale.ROOT, "%,.0f events/s", options.eventsPerSecond()));
    facts.put("Seed", Long.toString(options.seed()));
    facts.put("Begun", Instant.ofEpochMilli(originMs).truncatedTo(ChronoUnit.SECONDS).toString());
    return facts;
  }

  private void write(Path file) {
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("natural", natural.runner().summary());
    summary.put("rebalanced", rebalanced.runner().summary());
    RoleRunner.write(summary, file);
  }
}
