package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.config.InvalidConfigException;
import dev.counterweight.runtime.FailureException;
import java.io.PrintWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The command {@code counterweight}: exit 0 done, 1 failed, 2 wrong usage or configuration. */
@Command(
    name = "counterweight",
    description = "Online training on Kafka streams whose classes are badly out of balance.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    subcommands = {
      DemoCommand.class,
      RunCommand.class,
      ReplayCommand.class,
      CheckCommand.class,
      TopicsCommand.class,
      InspectCommand.class,
      ConfigCommand.class,
      MetricsCommand.class,
      HealthCommand.class,
      RollbackCommand.class
    })
public final class Main implements Runnable {
  static final int FAILED = 1;
  static final int WRONG_USAGE = 2;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of a failure.")
  private boolean debug;

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  private Main() {}

  public static void main(String[] args) {
    setLogLevel(List.of(args));
    System.exit(
        execute(
            new PrintWriter(System.out, true, UTF_8),
            new PrintWriter(System.err, true, UTF_8),
            args));
  }

  /** The demo tells what happens by itself; everything else logs what a running job does. */
  private static void setLogLevel(List<String> args) {
    String level = args.contains("--debug") ? "DEBUG" : args.contains("demo") ? "WARN" : "INFO";
    System.setProperty("counterweight.log.level", level);
  }

  static int execute(PrintWriter out, PrintWriter err, String... args) {
    Main main = new Main();
    CommandLine commandLine = new CommandLine(main).setOut(out).setErr(err);
    commandLine.setExitCodeExceptionMapper(Main::exitCode);
    commandLine.setExecutionExceptionHandler(
        (e, command, parsed) -> {
          report(e, command, main.debug);
          return exitCode(e);
        });
    return commandLine.execute(args);
  }

  @Override
  public void run() {
    if (spec != null) {
      throw new CommandLine.ParameterException(spec.commandLine(), "Missing command");
    }
  }

  /** Where a command prints its result. */
  static PrintWriter out(CommandLine.Model.@Nullable CommandSpec spec) {
    return spec == null ? new PrintWriter(System.out, true, UTF_8) : spec.commandLine().getOut();
  }

  private static int exitCode(Throwable e) {
    return e instanceof InvalidConfigException || e instanceof CommandLine.ParameterException
        ? WRONG_USAGE
        : FAILED;
  }

  private static void report(Exception e, CommandLine command, boolean debug) {
    if (e instanceof InvalidConfigException invalid) {
      invalid.problems().forEach(problem -> command.getErr().println("error: " + problem));
    } else if (e instanceof FailureException) {
      command.getErr().println("error: " + e.getMessage());
    } else {
      command.getErr().println("error: " + e + " (--debug shows where)");
    }
    if (debug) {
      e.printStackTrace(command.getErr());
    }
  }

  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"counterweight " + (version == null ? "(built from source)" : version)};
    }
  }
}
