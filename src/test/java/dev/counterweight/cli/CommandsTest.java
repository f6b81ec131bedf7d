package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class CommandsTest {
  private static final String EVERY = "generate-completion";

  @Test
  void theHelpTellsOfEachCommandWhatTheCommandTells() {
    assertThat(root("--help").getUsageMessage()).isEqualTo(root(EVERY).getUsageMessage());
    assertThat(root("--help").getUsageMessage()).contains("check", "dead-letters", "help");
  }

  @Test
  void onlyTheCommandThatIsNamedIsMade() {
    assertThat(withOptions(root("help", "check"))).containsExactlyInAnyOrder("help", "check");
    assertThat(withOptions(root("--debug", "run"))).containsExactly("run");
  }

  @Test
  void aScriptOfCompletionsIsMadeOfAllOfThem() {
    CommandLine root = root(EVERY);

    assertThat(withOptions(root)).isEqualTo(root.getSubcommands().keySet());
  }

  @Test
  void aFileOfArgumentsMayNameAnyCommand() {
    CommandLine root = root("@job.args");

    assertThat(withOptions(root)).isEqualTo(root.getSubcommands().keySet());
  }

  private static CommandLine root(String... args) {
    CommandLine root = new CommandLine(CommandSpec.create().name("counterweight"));
    Commands.addTo(root, List.of(args));
    return root;
  }

  private static Set<String> withOptions(CommandLine root) {
    return root.getSubcommands().entrySet().stream()
        .filter(command -> !command.getValue().getCommandSpec().options().isEmpty())
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }
}
