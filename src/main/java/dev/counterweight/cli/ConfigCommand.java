package dev.counterweight.cli;

import dev.counterweight.config.ConfigReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints the configuration reference. */
@Command(
    name = "config",
    description = "Print the configuration reference (Markdown).",
    mixinStandardHelpOptions = true)
final class ConfigCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    if (spec != null) {
      spec.commandLine().getOut().print(ConfigReference.markdown());
      spec.commandLine().getOut().flush();
    }
  }
}
