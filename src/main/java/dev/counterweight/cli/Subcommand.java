package dev.counterweight.cli;

import java.io.PrintWriter;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What every command has: its help, where it prints, and how it refuses an option's value. */
@Command(mixinStandardHelpOptions = true)
abstract class Subcommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  /**
   * Does what the command is for.
   *
   * @param out for its result; control characters in it are made visible
   * @return the exit code
   */
  abstract int run(PrintWriter out) throws Exception;

  @Override
  public final Integer call() throws Exception {
    PrintWriter out = Main.visible(spec().commandLine().getOut());
    try {
      return run(out);
    } finally {
      out.flush();
    }
  }

  /** Refuses the command line with these words unless {@code holds}. */
  final void require(boolean holds, String problem, Object... values) {
    if (!holds) {
      throw new ParameterException(spec().commandLine(), problem.formatted(values));
    }
  }

  /** For what is no result; control characters in it are made visible. */
  final PrintWriter err() {
    return Main.visible(spec().commandLine().getErr());
  }

  private CommandSpec spec() {
    return Objects.requireNonNull(spec, "a command is run by picocli");
  }
}
