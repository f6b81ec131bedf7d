package dev.counterweight.cli;

import dev.counterweight.event.Suggestion;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says what is wrong with a command line: what is not known first, with what may be meant. */
final class WrongUsage {
  private WrongUsage() {}

  /** A line for each problem, then one that says where to read on. */
  static List<String> problems(ParameterException wrong, List<String> args) {
    CommandLine command = wrong.getCommandLine();
    List<String> problems = new ArrayList<>();
    // A required option that is misspelt is both unknown and missing: picocli tells the latter.
    for (String unknown : unknown(wrong, args)) {
      problems.add(told(unknown, command));
    }
    if (problems.isEmpty()) {
      problems.add(wrong.getMessage());
    }
    String name = command.getCommandSpec().qualifiedName();
    problems.set(
        problems.size() - 1,
        problems.get(problems.size() - 1) + "; `" + name + " --help` says more");
    return problems;
  }

  private static List<String> unknown(ParameterException wrong, List<String> args) {
    if (wrong instanceof UnmatchedArgumentException unmatched) {
      return unmatched.getUnmatched();
    }
    Collection<String> options = wrong.getCommandLine().getCommandSpec().optionsMap().keySet();
    return args.stream()
        .filter(arg -> arg.matches("--[a-zA-Z].*"))
        .map(WrongUsage::name)
        .filter(name -> !options.contains(name))
        .toList();
  }

  private static String told(String unknown, CommandLine command) {
    boolean option = unknown.startsWith("-");
    boolean top = command.getParent() == null;
    Collection<String> known =
        option ? command.getCommandSpec().optionsMap().keySet() : command.getSubcommands().keySet();
    String name = option ? name(unknown) : unknown;
    String kind = option ? "unknown option" : top ? "unknown command" : "unexpected argument";
    return kind
        + " '"
        + name
        + "'"
        + Suggestion.closest(name, known)
            .map(meant -> ": did you mean '" + meant + "'?")
            .orElse(top && !option ? ": there are " + String.join(", ", known) : "");
  }

  private static String name(String option) {
    int equals = option.indexOf('=');
    return equals < 0 ? option : option.substring(0, equals);
  }
}
