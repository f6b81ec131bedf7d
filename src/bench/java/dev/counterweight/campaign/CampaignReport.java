package dev.counterweight.campaign;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What became of many runs, as Markdown. */
final class CampaignReport {
  private CampaignReport() {}

  static String of(List<Outcome> outcomes) {
    StringBuilder text = new StringBuilder("# Fault campaign\n\n");
    long failed = outcomes.stream().filter(Outcome::failed).count();
    text.append(
        "%d schedules, %d events, %d schedules with violations.%n%n"
            .formatted(
                outcomes.size(), outcomes.stream().mapToLong(Outcome::events).sum(), failed));
    violations(outcomes, text);
    recovery(outcomes, text);
    text.append("## Schedules\n\n");
    for (Outcome outcome : outcomes) {
      text.append("- ").append(outcome.failed() ? "**failed** " : "held ");
      text.append(outcome.schedule().toString().replace("\n", ";").replace("  ", " "));
      text.append(
          String.format(
              Locale.ROOT, " (%d events, %.0f s)", outcome.events(), outcome.tookMs() / 1e3));
      text.append('\n');
      outcome.violations().forEach(v -> text.append("  - `").append(firstLine(v)).append("`\n"));
    }
    return text.toString();
  }

  private static String firstLine(Violation violation) {
    return violation.toString().lines().findFirst().orElse("");
  }

  private static void violations(List<Outcome> outcomes, StringBuilder text) {
    Map<Rule, Long> byRule =
        outcomes.stream()
            .flatMap(outcome -> outcome.violations().stream().map(Violation::rule).distinct())
            .collect(Collectors.groupingBy(rule -> rule, TreeMap::new, Collectors.counting()));
    text.append("## Violations by rule\n\n| rule | schedules |\n| --- | --- |\n");
    for (Rule rule : Rule.values()) {
      text.append("| %s | %d |%n".formatted(rule, byRule.getOrDefault(rule, 0L)));
    }
  }

  private static void recovery(List<Outcome> outcomes, StringBuilder text) {
    Map<String, List<Long>> all = new TreeMap<>();
    for (Outcome outcome : outcomes) {
      outcome
          .recoveredMs()
          .forEach((kind, ms) -> all.computeIfAbsent(kind, k -> new ArrayList<>()).addAll(ms));
    }
    text.append(
        "\n## Recovery: from a fault's begin until all that was there was worked off, s\n\n");
    text.append("| fault | times | p50 | max |\n| --- | --- | --- | --- |\n");
    all.forEach(
        (kind, ms) -> {
          List<Long> sorted = ms.stream().sorted().toList();
          text.append(
              String.format(
                  Locale.ROOT,
                  "| %s | %d | %.1f | %.1f |%n",
                  kind,
                  sorted.size(),
                  sorted.get(sorted.size() / 2) / 1e3,
                  sorted.get(sorted.size() - 1) / 1e3));
        });
    text.append('\n');
  }
}
