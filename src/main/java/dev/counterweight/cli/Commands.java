package dev.counterweight.cli;

import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The commands. Making one takes its options, and what their types are made of, which is most of
 * the time that a short command takes: one that the command line does not name is there by its name
 * and its line in the help alone.
 */
final class Commands {
  private static final List<Class<?>> ALL =
      List.of(
          DemoCommand.class,
          RunCommand.class,
          ReplayCommand.class,
          InitCommand.class,
          CheckCommand.class,
          TopicsCommand.class,
          InspectCommand.class,
          ReportCommand.class,
          ConfigCommand.class,
          MetricsCommand.class,
          HealthCommand.class,
          ExportCommand.class,
          RollbackCommand.class,
          DeadLettersCommand.class,
          CommandLine.HelpCommand.class,
          AutoComplete.GenerateCompletion.class);

  private Commands() {}

  /** Adds every command, in the order of the help: in full the ones that {@code args} may run. */
  static void addTo(CommandLine root, List<String> args) {
    // A script that completes command lines is made of every option.
    boolean all = args.contains(described(AutoComplete.GenerateCompletion.class).name());
    // A file of arguments, which is not read yet, may name any command.
    all |= args.stream().anyMatch(arg -> arg.startsWith("@"));
    for (Class<?> type : ALL) {
      Command described = described(type);
      if (all || args.contains(described.name())) {
        root.addSubcommand(described.name(), new CommandLine(type));
      } else {
        root.addSubcommand(described.name(), named(described));
      }
    }
  }

  private static CommandSpec named(Command described) {
    CommandSpec spec = CommandSpec.create().name(described.name());
    spec.usageMessage().header(described.header()).description(described.description());
    return spec;
  }

  private static Command described(Class<?> type) {
    return type.getAnnotation(Command.class);
  }
}
