package dev.counterweight.campaign;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/**
 * Runs many schedules of faults and writes what came of them.
 *
 * <p>Arguments: the number of schedules and the first seed, or {@code replay} and a file that has a
 * schedule as this prints it; then the file of the report, and, if failures are to be made smaller,
 * {@code shrink}. Ends with 1 where a rule did not hold.
 */
public final class Campaign {
  private final Cluster cluster;
  private final Path report;
  private final PrintStream out;
  private final List<Outcome> outcomes = new ArrayList<>();
  private int jobs;

  private Campaign(Cluster cluster, Path report, PrintStream out) {
    this.cluster = cluster;
    this.report = report;
    this.out = out;
  }

  public static void main(String[] args) throws Exception {
    if (args.length < 3) {
      System.err.println(
          "usage: Campaign SCHEDULES FIRST-SEED REPORT.md [shrink]\n"
              + "       Campaign replay SCHEDULE-FILE REPORT.md [shrink]");
      System.exit(2);
    }
    List<Schedule> schedules = schedules(args[0], args[1]);
    Path folder = Files.createTempDirectory("campaign");
    boolean failed;
    Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder), "campaign-shutdown"));
    try (Cluster cluster = Cluster.start(folder)) {
      Campaign campaign = new Campaign(cluster, Path.of(args[2]), System.out);
      failed = campaign.run(schedules, args.length > 3);
    }
    System.exit(failed ? 1 : 0);
  }

  /** Again and again: brokers that are being killed may still write. */
  private static void delete(Path folder) {
    for (int attempt = 0; attempt < 10; attempt++) {
      try {
        Cluster.delete(folder);
        return;
      } catch (IOException e) {
        LockSupport.parkNanos(200_000_000);
      }
    }
  }

  private static List<Schedule> schedules(String count, String from) throws IOException {
    if (count.equals("replay")) {
      return List.of(Schedule.parse(Files.readString(Path.of(from))));
    }
    long first = Long.parseLong(from);
    return LongStream.range(first, first + Long.parseLong(count)).mapToObj(Schedule::of).toList();
  }

  private boolean run(List<Schedule> schedules, boolean shrink) throws Exception {
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
          outcome.failed() ? "FAILED" : outcome.late() ? "held, labels late" : "held",
          outcome.events(),
          outcome.tookMs() / 1e3,
          outcome.recoveredMs());
      return outcome;
    } catch (Exception e) {
      throw new IllegalStateException("the harness failed at " + schedule, e);
    }
  }
}
