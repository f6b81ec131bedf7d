package dev.counterweight.speed;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Runs all participants in turn, round by round, so that a machine that changes changes all alike.
 * A round that others disturb is given up, and another begun.
 */
final class Rounds {
  private final MeteredProcess process;
  private final Path dir;
  private final double mostOthers;
  private final PrintStream out;
  private int given;

  /**
   * @param dir gets what they print
   * @param mostOthers share of the processors that others may have during a run
   */
  Rounds(MeteredProcess process, Path dir, double mostOthers, PrintStream out) {
    this.process = process;
    this.dir = dir;
    this.mostOthers = mostOthers;
    this.out = out;
  }

  /**
   * Runs so many rounds.
   *
   * @param most rounds begun at most; fewer than wanted may be whole then
   * @return the runs of the whole rounds
   */
  List<Run> run(List<Participant> participants, int rounds, int most)
      throws IOException, InterruptedException {
    List<Run> all = new ArrayList<>();
    int whole = 0;
    for (int round = 1; round <= most && whole < rounds; round++) {
      List<Run> runs = round(participants, round);
      if (runs.size() == participants.size()) {
        whole++;
        all.addAll(runs);
      } else {
        given++;
      }
    }
    return all;
  }

  /** Rounds that were given up. */
  int givenUp() {
    return given;
  }

  private List<Run> round(List<Participant> participants, int round)
      throws IOException, InterruptedException {
    List<Run> runs = new ArrayList<>();
    for (Participant participant : participants) {
      Run run = run(participant, round);
      if (run.usage().others() > mostOthers) {
        out.printf("round %d is given up: others disturb it%n", round);
        return List.of();
      }
      runs.add(run);
    }
    return runs;
  }

  private Run run(Participant participant, int round) throws IOException, InterruptedException {
    Path printed = dir.resolve("%s-%d.log".formatted(participant.name(), round));
    Run run = new Run(participant, round, process.run(participant.starter().in(round), printed));
    Usage usage = run.usage();
    out.printf(
        Locale.ROOT,
        "round %d  %-14s %10.0f events/s %7.2f s %7.2f s cpu %5d MiB, others %.0f %%%n",
        round,
        participant.name(),
        run.eventsPerSecond(),
        usage.wallS(),
        usage.cpuS(),
        usage.residentKib() >> 10,
        usage.others() * 100);
    return run;
  }
}
