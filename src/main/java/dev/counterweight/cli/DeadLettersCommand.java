package dev.counterweight.cli;

import dev.counterweight.config.JobConfig;
import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.kafka.Cluster;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.letters.DeadLetter;
import dev.counterweight.letters.LetterLog;
import dev.counterweight.letters.LetterReplay;
import dev.counterweight.letters.LetterReplay.Selection;
import dev.counterweight.letters.LetterTopics;
import dev.counterweight.protocol.FailureException;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists, shows, or publishes again what a job's roles have refused. */
@Command(
    name = "dead-letters",
    description = {
      "What the job has refused: its sampler, and the joiner where labels come later.",
      "list: how many, by reason, with an example of each.",
      "show: the newest letters themselves, where they come from and what is wrong with them.",
      "replay: publish the events to the topic that they came from again, as they were, each once:"
          + " bytes, key, headers, time and partition. Mend what refused them first. An event that"
          + " was replayed three times, or that is not whole, is refused."
    })
final class DeadLettersCommand extends JobCommand {
  private static final List<String> REASONS =
      Stream.of(Reason.values()).filter(Reason::deadLetter).map(Reason::text).toList();

  private static final int SHOWN = 10;
  private static final int MAX_SHOWN = 10_000;

  /** What to do. */
  enum Action {
    list,
    show,
    replay
  }

  @Parameters(paramLabel = "ACTION", description = "One of: ${COMPLETION-CANDIDATES}.", arity = "1")
  private Action action = Action.list;

  @Option(
      names = "--reason",
      paramLabel = "REASON",
      description = "Only letters of this reason, as list names it.")
  private @Nullable String reason;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description =
          "Only letters refused since then: 2026-01-31T12:00:00Z, 2026-01-31 (UTC), or so long ago:"
              + " 30m, 6h, 2d.")
  private @Nullable String since;

  @Option(
      names = "--max",
      paramLabel = "N",
      description = "show: so many letters at most (default: 10). replay: so many events at most.")
  private @Nullable Long max;

  @Option(names = "--dry-run", description = "replay: say what would be done, and do nothing.")
  private boolean dryRun;

  @Option(
      names = "--force",
      description = "replay: publish also events that were replayed three times.")
  private boolean force;

  @Override
  int run(PrintWriter out) {
    require(action == Action.replay || !dryRun, "--dry-run goes with replay");
    require(action == Action.replay || !force, "--force goes with replay");
    require(action != Action.list || max == null, "--max goes with show and replay");
    long most = max == null ? (action == Action.show ? SHOWN : Long.MAX_VALUE) : max;
    require(most >= 1, "--max=%d: must be at least 1", most);
    require(
        action != Action.show || most <= MAX_SHOWN,
        "--max=%d: show takes at most %d",
        most,
        MAX_SHOWN);
    if (reason != null) {
      String known = String.join(", ", REASONS);
      require(REASONS.contains(reason), "--reason=%s: must be one of %s", reason, known);
    }
    Instant from = since == null ? null : since(since);
    JobConfig config = load();
    try (Cluster cluster = cluster(config)) {
      if (cluster.topics().find(config.topics().deadLetters()).isEmpty()) {
        throw new FailureException(
            "topic '%s' does not exist on %s: no role of job '%s' that refuses events has run there"
                .formatted(
                    config.topics().deadLetters(),
                    config.kafka().bootstrapServers(),
                    config.job()));
      }
      return switch (action) {
        case list -> list(config, from, out);
        case show -> show(config, from, most, out);
        case replay -> replay(config, cluster, from, most, out);
      };
    }
  }

  private int list(JobConfig config, @Nullable Instant from, PrintWriter out) {
    LetterTable table = new LetterTable(config);
    Predicate<DeadLetter> selected = selected(from);
    try (LetterLog<DeadLetter> log =
        new LetterLog<>(config, new KafkaClients(config.kafka()), DeadLetter::of)) {
      Predicate<DeadLetter> waiting = log.waiting();
      log.each(
          letter -> {
            if (selected.test(letter)) {
              table.add(letter, waiting.test(letter));
            }
          });
    }
    table.print(out);
    return 0;
  }

  /** Keeps of each letter what is shown: of the newest ones some may be large. */
  private int show(JobConfig config, @Nullable Instant from, long most, PrintWriter out) {
    Predicate<DeadLetter> selected = selected(from);
    LetterTopics topics = LetterTopics.of(config);
    Deque<String> shown = new ArrayDeque<>();
    try (LetterLog<Optional<String>> log =
        new LetterLog<>(
            config,
            new KafkaClients(config.kafka()),
            record ->
                Optional.of(DeadLetter.of(record))
                    .filter(selected)
                    .map(letter -> LetterText.of(letter, topics)))) {
      log.back(
          stretch -> {
            List<Optional<String>> newestFirst = new ArrayList<>(stretch);
            Collections.reverse(newestFirst);
            newestFirst.stream()
                .flatMap(Optional::stream)
                .limit(most - shown.size())
                .forEach(shown::addFirst);
            return shown.size() < most;
          });
    }
    shown.forEach(out::print);
    if (shown.isEmpty()) {
      out.println("no letter" + (reason == null && from == null ? "" : " of those asked for"));
    }
    return 0;
  }

  private int replay(
      JobConfig config, Cluster cluster, @Nullable Instant from, long most, PrintWriter out) {
    LetterReplay replay =
        new LetterReplay(
            config,
            new KafkaClients(config.kafka()),
            partitions(config, cluster),
            Clock.systemUTC());
    Selection selection = new Selection(reason, from, most, force);
    LetterReplay.Result result = dryRun ? replay.preview(selection) : replay.run(selection);
    published(result, config, out);
    result.published().forEach((name, count) -> out.printf("  %s: %,d%n", name, count));
    result.refused().forEach((fate, count) -> out.printf("refused: %,d %s%n", count, fate));
    if (result.left() > 0) {
      out.printf("left: %,d not selected%n", result.left());
    }
    if (result.total() == most) {
      out.println("stopped at --max=" + most + ": the next replay goes on from there");
    }
    return result.total() == 0 && !result.refused().isEmpty() ? Main.FAILED : 0;
  }

  private static Map<String, Integer> partitions(JobConfig config, Cluster cluster) {
    Map<String, Integer> partitions = new LinkedHashMap<>();
    for (String topic : LetterTopics.of(config).all()) {
      partitions.put(topic, cluster.topics().require(topic).partitions());
    }
    return partitions;
  }

  /** Of a job with several topics, those that something was published to. */
  private void published(LetterReplay.Result result, JobConfig config, PrintWriter out) {
    LetterTopics topics = LetterTopics.of(config);
    SortedMap<String, Long> byTopic = new TreeMap<>(result.byTopic());
    if (byTopic.isEmpty()) {
      byTopic.put(topics.all().iterator().next(), 0L);
    }
    byTopic.forEach(
        (topic, count) ->
            out.printf(
                "%,d %s %s to topic '%s'%n",
                count,
                topics.names().getOrDefault(topic, LetterTopics.EVENTS),
                dryRun ? "would be published" : "published",
                topic));
  }

  private Predicate<DeadLetter> selected(@Nullable Instant from) {
    return letter ->
        (reason == null || reason.equals(letter.reason()))
            && (from == null || letter.record().timestamp() >= from.toEpochMilli());
  }

  private Instant since(String text) {
    Optional<Instant> time = Since.parse(text, Instant.now());
    require(
        time.isPresent(),
        "--since=%s: must be a time such as 2026-01-31T12:00:00Z or 2026-01-31, or how long ago,"
            + " such as 30m, 6h or 2d",
        text);
    return time.orElseThrow();
  }
}
