package dev.counterweight.speed;

import java.io.PrintStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Measures the whole path, from a topic of events to what each participant makes of them. */
@Command(
    name = "whole-path",
    description = "Measures the whole path; docs/performance.md says how.",
    mixinStandardHelpOptions = true)
final class WholePath {
  private WholePath() {}

  public static void main(String[] arguments) {
    System.exit(run(System.out, arguments));
  }

  /** Runs it and returns the exit code. */
  static int run(PrintStream out, String... arguments) {
    return new CommandLine(new WholePath())
        .addSubcommand(new Throughput(out))
        .addSubcommand(new Latency(out))
        .addSubcommand(new Scaling(out))
        .addSubcommand(new Soak(out))
        .execute(arguments);
  }
}
