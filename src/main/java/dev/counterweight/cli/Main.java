package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.config.InvalidConfigException;
import dev.counterweight.event.Decimal;
import dev.counterweight.protocol.FailureException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The command {@code counterweight}: exit 0 done, 1 failed, 2 wrong usage or configuration. */
@Command(
    name = "counterweight",
    description = "Online training on Kafka streams whose classes are badly out of balance.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
public final class Main implements Runnable {
  static final int FAILED = 1;
  static final int WRONG_USAGE = 2;

  /** The environment variable that says how log lines look. */
  private static final String LOG_FORMAT = "COUNTERWEIGHT_LOG_FORMAT";

  private static final String LEVEL_PROPERTY = "counterweight.log.level";
  private static final String FORMAT_PROPERTY = "counterweight.log.format";

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of a failure.")
  private boolean debug;

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  private Main() {}

  public static void main(String[] args) {
    String problem = setLogging(List.of(args), System.getenv());
    if (problem != null) {
      System.err.println("error: " + problem);
      System.exit(WRONG_USAGE);
    }
    Termination.exit(
        execute(
            new PrintWriter(System.out, true, UTF_8),
            new PrintWriter(System.err, true, UTF_8),
            args));
  }

  /** Whether a person watches. */
  static boolean onTerminal() {
    return System.console() != null;
  }

  /**
   * Says how to log, before the first logger is made. The demo tells what happens by itself;
   * everything else logs what a running job does. Returns what is wrong, or null.
   */
  static @Nullable String setLogging(List<String> args, Map<String, String> environment) {
    boolean quiet = args.contains("demo") || args.contains("--quiet") || args.contains("-q");
    System.setProperty(
        LEVEL_PROPERTY, args.contains("--debug") ? "DEBUG" : quiet ? "WARN" : "INFO");
    // Of that demo's records some are broken on purpose; its report counts them.
    boolean broken = quiet && args.contains("demo") && args.contains(DemoCommand.PAYMENTS);
    System.setProperty(
        "counterweight.log.letters", broken ? "ERROR" : System.getProperty(LEVEL_PROPERTY));
    String format = environment.getOrDefault(LOG_FORMAT, "text");
    System.setProperty(FORMAT_PROPERTY, format);
    // A log line is written over the line of progress: what that has more must go.
    System.setProperty("counterweight.log.clear", onTerminal() ? "\u001b[K" : "");
    return List.of("text", "json").contains(format)
        ? null
        : "%s=%s: must be text or json".formatted(LOG_FORMAT, format);
  }

  static int execute(PrintWriter out, PrintWriter err, String... args) {
    Main main = new Main();
    CommandLine commandLine = new CommandLine(main);
    Commands.addTo(commandLine, List.of(args));
    commandLine.setOut(out).setErr(err);
    // Options hold the numbers that events and configuration hold.
    // One object for both: of two alike Java's archive of a start makes a crash.
    CommandLine.ITypeConverter<Double> decimal = Decimal::parse;
    commandLine.registerConverter(double.class, decimal);
    commandLine.registerConverter(Double.class, decimal);
    commandLine.setExitCodeExceptionMapper(Main::exitCode);
    commandLine
        .getSubcommands()
        .values()
        .forEach(command -> command.getCommandSpec().versionProvider(new Version()));
    commandLine.setParameterExceptionHandler(
        (e, given) -> {
          WrongUsage.problems(e, List.of(given))
              .forEach(problem -> tell(e.getCommandLine(), problem, e, main.debug));
          return WRONG_USAGE;
        });
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

  /** Writes to {@code out}, control characters made visible. */
  static PrintWriter visible(PrintWriter out) {
    return new VisibleWriter(out);
  }

  private static int exitCode(Throwable e) {
    return e instanceof InvalidConfigException || e instanceof CommandLine.ParameterException
        ? WRONG_USAGE
        : FAILED;
  }

  private static void report(Exception e, CommandLine command, boolean debug) {
    if (e instanceof InvalidConfigException invalid) {
      invalid.problems().forEach(problem -> tell(command, problem, e, debug));
    } else if (e instanceof FailureException) {
      tell(command, e.getMessage() + CodecProblem.in(e), e, debug);
    } else {
      tell(command, e + " (--debug shows where)" + CodecProblem.in(e), e, debug);
    }
    if (debug && !jsonLines()) {
      e.printStackTrace(command.getErr());
    }
  }

  /** The last word of a command that failed; a log line like the others where those are JSON. */
  private static void tell(CommandLine command, String problem, Exception e, boolean debug) {
    if (jsonLines()) {
      LoggerFactory.getLogger(Main.class).error(problem, debug ? e : null);
    } else {
      visible(command.getErr()).println("error: " + problem);
    }
  }

  /** Whether log lines, and so all that a role prints, are JSON objects. */
  static boolean jsonLines() {
    return "json".equals(System.getProperty(FORMAT_PROPERTY));
  }
}
