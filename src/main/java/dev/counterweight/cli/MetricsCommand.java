package dev.counterweight.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints the reference of all metrics. */
@Command(
    name = "metrics",
    description = "Print the reference of all metrics (Markdown).",
    mixinStandardHelpOptions = true)
final class MetricsCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    Main.out(spec).print(MetricsReference.markdown());
    Main.out(spec).flush();
  }
}
