package dev.counterweight.campaign;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Runs many schedules of faults and writes what came of them.
 *
 * <p>Arguments: the number of schedules, the first seed, the file of the report, and, if a failure
 * is to be made smaller, {@code shrink}. Ends with 1 where a rule did not hold.
 */
public final class Campaign {
  private final PrintStream out;
  private final List<Outcome> outcomes = new ArrayList<>();
  private Cluster cluster;
  private final Path folder;
  private int jobs;

  private Campaign(Path folder, PrintStream out) throws IOException {
    this.folder = folder;
    this.out = out;
    this.cluster = Cluster.start(folder);
  }

  public static void main(String[] args) throws Exception {
    if (args.length < 3) {
      System.err.println("usage: Campaign SCHEDULES FIRST-SEED REPORT.md [shrink]");
      System.exit(2);
    }
    Path folder = Files.createTempDirectory("campaign");
    Campaign campaign = new Campaign(folder, System.out);
    boolean failed;
    try {
      long first = Long.parseLong(args[1]);
      List<Schedule> schedules =
          LongStream.range(first, first + Long.parseLong(args[0])).mapToObj(Schedule::of).toList();
      failed = campaign.run(schedules, Path.of(args[2]), args.length > 3);
    } finally {
      campaign.cluster.close();
      Cluster.delete(folder);
    }
    System.exit(failed ? 1 : 0);
  }

  private boolean run(List<Schedule> schedules, Path report, boolean shrink) throws IOException {
    for (Schedule schedule : schedules) {
      Outcome outcome = run(schedule);
      outcomes.add(outcome);
      Files.writeString(report, CampaignReport.of(outcomes));
      if (outcome.failed() && shrink) {
        out.println("smallest: " + Shrink.of(schedule, tried -> run(tried).failed()));
      }
    }
    return outcomes.stream().anyMatch(Outcome::failed);
  }

  private Outcome run(Schedule schedule) {
    out.println(schedule);
    try {
      Outcome outcome = Run.of(schedule, cluster, "c" + ++jobs);
      outcome.violations().forEach(violation -> out.println("  VIOLATION " + violation));
      out.printf(
          "  %s: %d events, %.1f s, recovered in ms %s%n",
          outcome.failed() ? "FAILED" : "held",
          outcome.events(),
          outcome.tookMs() / 1e3,
          outcome.recoveredMs());
      return outcome;
    } catch (Exception e) {
      throw new IllegalStateException("the harness failed at " + schedule, e);
    }
  }
}
