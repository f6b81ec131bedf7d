package dev.counterweight.cli;

import dev.counterweight.config.ConfigReference;
import java.io.PrintWriter;
import picocli.CommandLine.Command;

/** Prints the configuration reference. */
@Command(name = "config", description = "Print the configuration reference (Markdown).")
final class ConfigCommand extends Subcommand {
  @Override
  int run(PrintWriter out) {
    out.print(ConfigReference.markdown());
    return 0;
  }
}
