package dev.counterweight.speed;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** What a measurement of throughput came to, as Markdown and as JSON. */
final class ThroughputReport {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, String> environment;
  private final List<Run> runs;
  private final int givenUp;
  private final Figures figures;
  private final Set<Participant> participants;

  /**
   * @param runs those of whole rounds
   * @param givenUp rounds that were not
   */
  ThroughputReport(Map<String, String> environment, List<Run> runs, int givenUp) {
    this.environment = environment;
    this.runs = List.copyOf(runs);
    this.givenUp = givenUp;
    this.figures = new Figures(runs);
    this.participants = new LinkedHashSet<>();
    runs.forEach(run -> participants.add(run.participant()));
  }

  /** Writes {@code throughput.md} and {@code throughput.json}. */
  void write(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("throughput.md"), markdown());
    JSON.writerWithDefaultPrettyPrinter()
        .writeValue(folder.resolve("throughput.json").toFile(), json());
  }

  String markdown() {
    StringBuilder text = new StringBuilder();
    environment.forEach((name, value) -> text.append("- %s: %s%n".formatted(name, value)));
    text.append("- rounds: %d whole, %d given up%n%n".formatted(rounds(), givenUp));
    text.append(
        """
        | participant | events | M events/s | us cpu an event | beyond start: M events/s | us cpu an event | broker us | MiB |
        | --- | --- | --- | --- | --- | --- | --- | --- |
        """);
    participants.forEach(participant -> text.append(row(participant)));
    text.append("\n| ratio | of | median [least, most] | aim |\n| --- | --- | --- | --- |\n");
    Aim.ALL.forEach(aim -> text.append(row(aim)));
    return text.toString();
  }

  private long rounds() {
    return runs.stream().mapToInt(Run::round).distinct().count();
  }

  private String row(Participant participant) {
    String name = participant.name();
    return "| %s: %s | %,d | %s | %s | %s | %s | %s | %s |%n"
        .formatted(
            name,
            participant.what(),
            participant.events(),
            shown("%.3f", name, run -> run.eventsPerSecond() / 1e6),
            shown("%.2f", name, Run::cpuUs),
            shown("%.3f", name, run -> figures.steadyRate(run) / 1e6),
            shown("%.2f", name, figures::steadyCpuUs),
            shown("%.2f", name, ThroughputReport::brokerUs),
            shown("%.0f", name, run -> run.usage().residentKib() / 1024.0));
  }

  private String shown(String format, String participant, ToDoubleFunction<Run> figure) {
    Figures.Spread spread = figures.of(participant, figure);
    return spread == null ? "" : String.format(Locale.ROOT, format, spread.median());
  }

  private String row(Aim aim) {
    Figures.Spread whole = ratio(aim, false);
    if (whole == null) {
      return "";
    }
    Figures.Spread beyond = ratio(aim, true);
    return String.format(
        Locale.ROOT,
        "| %s over %s | %s | %.2f [%.2f, %.2f]%s | %s %s: %s |%n",
        aim.over(),
        aim.under(),
        aim.figure().words,
        whole.median(),
        whole.least(),
        whole.most(),
        beyond == null ? "" : "; beyond start %.2f".formatted(beyond.median()),
        aim.figure().lessIsBetter ? "at most" : "at least",
        aim.bound(),
        aim.met(whole.median()) ? "met" : "missed");
  }

  private Figures.@Nullable Spread ratio(Aim aim, boolean beyondStart) {
    ToDoubleFunction<Run> rate = beyondStart ? figures::steadyRate : Run::eventsPerSecond;
    ToDoubleFunction<Run> cpu = beyondStart ? figures::steadyCpuUs : Run::cpuUs;
    return figures.ratio(aim.over(), aim.under(), aim.figure() == Aim.Figure.RATE ? rate : cpu);
  }

  private static double brokerUs(Run run) {
    return run.usage().brokerS() * 1e6 / run.participant().events();
  }

  ObjectNode json() {
    ObjectNode all = JSON.createObjectNode();
    all.set("environment", JSON.valueToTree(environment));
    all.put("rounds", rounds()).put("rounds_given_up", givenUp);
    ObjectNode of = all.putObject("participants");
    for (Participant participant : participants) {
      String name = participant.name();
      ObjectNode one = of.putObject(name);
      one.put("what", participant.what()).put("events", participant.events());
      put(one, "events_per_s", figures.of(name, Run::eventsPerSecond));
      put(one, "cpu_us_per_event", figures.of(name, Run::cpuUs));
      put(one, "events_per_s_beyond_start", figures.of(name, figures::steadyRate));
      put(one, "cpu_us_per_event_beyond_start", figures.of(name, figures::steadyCpuUs));
      put(one, "broker_cpu_us_per_event", figures.of(name, ThroughputReport::brokerUs));
      put(one, "resident_kib", figures.of(name, run -> run.usage().residentKib()));
    }
    ArrayNode ratios = all.putArray("ratios");
    Aim.ALL.forEach(aim -> put(ratios, aim));
    ArrayNode each = all.putArray("runs");
    runs.forEach(run -> put(each.addObject(), run));
    return all;
  }

  private void put(ArrayNode ratios, Aim aim) {
    Figures.Spread whole = ratio(aim, false);
    if (whole != null) {
      ObjectNode one = ratios.addObject();
      one.put("over", aim.over()).put("under", aim.under()).put("of", aim.figure().words);
      put(one, "ratio", whole);
      put(one, "ratio_beyond_start", ratio(aim, true));
      one.put("aim", aim.bound()).put("met", aim.met(whole.median()));
    }
  }

  private static void put(ObjectNode to, String name, Figures.@Nullable Spread spread) {
    if (spread != null) {
      to.putObject(name)
          .put("median", spread.median())
          .put("least", spread.least())
          .put("most", spread.most());
    }
  }

  private static void put(ObjectNode to, Run run) {
    Usage usage = run.usage();
    to.put("participant", run.participant().name())
        .put("round", run.round())
        .put("wall_s", usage.wallS())
        .put("cpu_s", usage.cpuS())
        .put("broker_cpu_s", usage.brokerS())
        .put("others", usage.others())
        .put("resident_kib", usage.residentKib());
  }
}
