package dev.counterweight.cli;

import dev.counterweight.config.JobConfig;
import dev.counterweight.letters.DeadLetter;
import dev.counterweight.letters.DeadLetter.Fate;
import dev.counterweight.letters.LetterHeaders;
import dev.counterweight.letters.LetterTopics;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Counts dead letters by reason. Not thread-safe. */
final class LetterTable {
  /** More than there are rules: names beyond come from others that write to the topic. */
  private static final int MAX_REASONS = 32;

  /** Of the names in the first column. */
  private static final int NARROW = 16;

  private static final int WIDE = 34;

  private static final String OTHERS = "others";

  private final JobConfig config;
  private final LetterTopics topics;
  private final SortedMap<String, Row> rows = new TreeMap<>();
  private final Map<Fate, Long> fates = new EnumMap<>(Fate.class);
  private long letters;
  private long omitted;

  private static final class Row {
    private final String example;
    private final long firstMs;
    private long lastMs;
    private long count;
    private long waiting;

    Row(DeadLetter first) {
      DeadLetter.Origin origin = first.origin();
      this.firstMs = first.record().timestamp();
      this.example =
          "offset %d: %s%s"
              .formatted(
                  first.record().offset(),
                  first.error(),
                  origin == null
                      ? ""
                      : " (from %s, partition %d, offset %d)"
                          .formatted(origin.topic(), origin.partition(), origin.offset()));
    }
  }

  LetterTable(JobConfig config) {
    this.config = config;
    this.topics = LetterTopics.of(config);
  }

  /**
   * @param waiting whether a replay would publish it
   */
  void add(DeadLetter letter, boolean waiting) {
    String name = name(letter);
    boolean known = rows.containsKey(name) || rows.size() < MAX_REASONS;
    Row row = rows.computeIfAbsent(known ? name : OTHERS, any -> new Row(letter));
    row.count++;
    row.lastMs = letter.record().timestamp();
    row.waiting += waiting ? 1 : 0;
    letters++;
    fates.merge(letter.fate(topics.all()), 1L, Long::sum);
    omitted +=
        LetterHeaders.ofLetter(letter.record().headers(), LetterHeaders.OMITTED)
            .filter(text -> text.matches("[0-9]{1,15}"))
            .map(Long::parseLong)
            .orElse(0L);
  }

  /** The reason, and of what, where letters are of several topics. */
  private String name(DeadLetter letter) {
    String kind = topics.several() ? topics.kind(letter) : "";
    return letter.reason() + (kind.isEmpty() ? "" : " (" + kind + ")");
  }

  void print(PrintWriter out) {
    String line = "%-" + (topics.several() ? WIDE : NARROW) + "s";

    out.printf("%,d letters on topic '%s'%n", letters, config.topics().deadLetters());
    if (letters > 0) {
      out.printf(
          line + " %12s %12s  %-24s %-24s%n", "reason", "letters", "to replay", "first", "last");
    }
    rows.forEach(
        (reason, row) -> {
          out.printf(
              line + " %,12d %,12d  %-24s %-24s%n",
              reason,
              row.count,
              row.waiting,
              Instant.ofEpochMilli(row.firstMs),
              Instant.ofEpochMilli(row.lastMs));
          out.println("  " + row.example);
        });
    fates.remove(Fate.FIT);
    fates.forEach((fate, count) -> out.printf("not to replay: %,d %s%n", count, fate));
    if (omitted > 0) {
      out.printf(
          "%,d more were refused and not written (dead.letters.max.rate): they stand in %s alone%n",
          omitted, places());
    }
  }

  private String places() {
    return (topics.several() ? "topics " : "topic ")
        + topics.all().stream().map(name -> "'" + name + "'").collect(Collectors.joining(", "));
  }
}
