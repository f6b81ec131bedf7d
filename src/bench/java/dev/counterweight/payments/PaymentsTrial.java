package dev.counterweight.payments;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.config.LabelsConfig;
import dev.counterweight.quality.QualityJob;
import dev.counterweight.runtime.Resource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * The jobs of {@code demo payments} over its stream without a broker, judged by the truth: to the
 * same figures on every machine, so that settings and streams can be compared over many seeds.
 * Arguments: {@code FIRST-LAST} seed, then settings of both jobs as {@code key=value}, or of one as
 * {@code rebalanced:key=value}; {@code payments=N} for another length, {@code jobs=rebalanced} for
 * one alone.
 */
public final class PaymentsTrial {
  /** A Monday, as the demo begins on. */
  static final Instant START = Instant.parse("2026-01-05T00:00:00Z");

  /** Arguments that are no settings. */
  private static final Set<String> OWN = Set.of("payments", "jobs");

  private final PaymentsPlan plan;
  private final Map<String, String> given;
  private final TruthTable truth;
  private final List<Payment> payments = new ArrayList<>();

  private PaymentsTrial(long seed, Map<String, String> given) {
    this.plan =
        PaymentsPlan.of(Integer.parseInt(given.getOrDefault("payments", "100000")), seed, START);
    this.given = given;
    this.truth = new TruthTable(plan);
    new PaymentStream(plan)
        .forEachRemaining(
            next -> {
              truth.add(next);
              if (next instanceof Payment payment) {
                payments.add(payment);
              }
            });
  }

  public static void main(String[] arguments) throws IOException {
    String[] seeds = arguments[0].split("-", 2);
    Map<String, String> given = new TreeMap<>();
    for (int a = 1; a < arguments.length; a++) {
      String[] pair = arguments[a].split("=", 2);
      given.put(pair[0], pair[1]);
    }
    for (long seed :
        LongStream.rangeClosed(Long.parseLong(seeds[0]), Long.parseLong(seeds[seeds.length - 1]))
            .toArray()) {
      new PaymentsTrial(seed, given).run();
    }
  }

  private void run() throws IOException {
    BitSet which = truth.payments();
    JudgedPayments best = truth.best(which);
    tell("Bayes", best, best);
    for (String job : given.getOrDefault("jobs", "natural,rebalanced").split(",")) {
      Path folder = Files.createTempDirectory("payments-trial");
      JobConfig config = config(job, folder);
      double[] served =
          new DailyLearner(config, plan, payments, LateLabels.of(plan, labels().rules()), folder)
              .served();
      tell(job, truth.judged(n -> served[n], which), best);
    }
  }

  /** A job of the demo, which reads JSON that a joiner has labelled. */
  private JobConfig config(String job, Path folder) throws IOException {
    Map<String, String> settings = settings(job, folder);
    settings.keySet().removeIf(key -> key.startsWith("labels.") || key.startsWith("scores."));
    settings.putAll(QualityJob.BY_COUNT);
    settings.put("events.topic", "labelled");
    settings.put("events.label", "header:cw.label");
    settings.put("events.time", "header:cw.event.time");
    given.forEach(
        (key, value) -> {
          String own = key.startsWith(job + ":") ? key.substring(job.length() + 1) : key;
          if (!own.contains(":") && !OWN.contains(own) && !own.startsWith("labels.")) {
            settings.put(own, value);
          }
        });
    return JobConfigLoader.load(settings);
  }

  /** How the rebalanced job joins labels. */
  private LabelsConfig labels() throws IOException {
    Map<String, String> settings = settings("rebalanced", Path.of("unused"));
    given.keySet().stream()
        .filter(key -> key.startsWith("labels."))
        .forEach(key -> settings.put(key, Objects.requireNonNull(given.get(key), key)));
    return Objects.requireNonNull(JobConfigLoader.load(settings).labels(), "labels");
  }

  private Map<String, String> settings(String job, Path folder) throws IOException {
    Map<String, String> settings = new TreeMap<>();
    List<String> names = new ArrayList<>(List.of("payments-events", "payments-" + job));
    if (job.equals("natural")) {
      names.add(job);
    }
    for (String name : names) {
      Properties properties = new Properties();
      try (InputStream in = Resource.open("/dev/counterweight/demo/" + name + ".properties")) {
        properties.load(in);
      }
      properties.forEach((key, value) -> settings.put(key.toString(), value.toString()));
    }
    settings.put("job", job);
    settings.put("labels.state.dir", folder.resolve("state").toString());
    settings.put("events.format", "json");
    settings.put("feature.at.unit", "ms");
    settings.put("bootstrap.servers", "unused:1");
    settings.put("seed", Long.toString(plan.seed()));
    settings.put("checkpoint.dir", folder.resolve("checkpoints").toString());
    return settings;
  }

  private void tell(String whose, JudgedPayments served, JudgedPayments best) {
    StringBuilder line = new StringBuilder("seed %d %-10s".formatted(plan.seed(), whose));
    for (double from : new double[] {0.25, 0.75}) {
      JudgedPayments part = served.between(plan.at(from), plan.endMs());
      double[] figures = new Figures(part).all();
      double share =
          figures[Figures.PR_AUC]
              / new Figures(best.between(plan.at(from), plan.endMs())).all()[Figures.PR_AUC];
      line.append(
          String.format(
              Locale.ROOT,
              " | from %.2f: %d frauds, PR AUC %.3f (%.3f of the best), recall at 1 %% %.3f, log"
                  + " loss %.5f, saved %,.0f",
              from,
              part.frauds(),
              figures[Figures.PR_AUC],
              share,
              figures[Figures.RECALL_1],
              figures[Figures.LOG_LOSS],
              figures[Figures.SAVED]));
    }
    Recovery recovery = Recovery.of(plan, served, truth.chargebacksMs(Pattern.NEW_PATTERN));
    line.append(" | new pattern back after ")
        .append(recovery.labelled().isPresent() ? recovery.labelled().getAsInt() : "never")
        .append(" labels");
    System.out.println(line);
  }
}
