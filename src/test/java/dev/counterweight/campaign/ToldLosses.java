package dev.counterweight.campaign;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.campaign.History.Event;
import dev.counterweight.protocol.Span;
import dev.counterweight.weights.Snapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What was deleted before it was read is told, range by range, and nothing else is missing. */
final class ToldLosses {
  private static final Pattern COUNTER =
      Pattern.compile(
          "partition (\\d+): offsets (\\d+) to (\\d+) were deleted before they were counted");
  private static final Pattern SAMPLER =
      Pattern.compile("-(\\d+): offsets (\\d+) to (\\d+) were deleted before they were used");

  /** Offsets, both of them lost. */
  record Range(int partition, long first, long last) {
    boolean has(Place place) {
      return place.partition() == partition && place.offset() >= first && place.offset() <= last;
    }
  }

  private ToldLosses() {}

  /** Of a job whose labels stand in its events, once all is worked off. */
  static List<Violation> check(
      History history, Observed observed, String counterLogs, String samplerLogs) {
    List<Snapshot> snapshots = observed.snapshots();
    long counted =
        snapshots.isEmpty()
            ? 0
            : Arrays.stream(snapshots.get(snapshots.size() - 1).counts().events()).sum();
    List<Violation> found = new ArrayList<>(counted(history, counted, counterLogs));
    found.addAll(used(history, gaps(observed), samplerLogs));
    return found;
  }

  /** As many are not counted as counters told to be lost. */
  static List<Violation> counted(History history, long counted, String logs) {
    List<Event> events = counting(history);
    List<Range> ranges = ranges(COUNTER, logs);
    long told = events.stream().filter(e -> isIn(ranges, e.place())).count();
    return events.size() - counted == told
        ? List.of()
        : List.of(
            new Violation(
                Rule.COUNTS_EXACT,
                "%d of %d events are counted, and counters told that %d are lost: %s"
                    .formatted(counted, events.size(), told, ranges)));
  }

  /** Samplers told of each event that is in no span. */
  static List<Violation> used(History history, List<Range> gaps, String logs) {
    List<Range> ranges = ranges(SAMPLER, logs);
    return counting(history).stream()
        .filter(e -> isIn(gaps, e.place()) && !isIn(ranges, e.place()))
        .limit(1)
        .map(
            e ->
                new Violation(
                    Rule.SPANS_CONTIGUOUS,
                    "%s is in no span, and samplers told of %s".formatted(e, ranges)))
        .toList();
  }

  private static List<Event> counting(History history) {
    return history.events().stream().filter(e -> e.kind().counted()).toList();
  }

  private static boolean isIn(List<Range> ranges, Place place) {
    return ranges.stream().anyMatch(range -> range.has(place));
  }

  private static List<Range> gaps(Observed observed) {
    Map<Integer, Long> next = new HashMap<>();
    List<Range> gaps = new ArrayList<>();
    for (Observed.Batch batch : observed.batches()) {
      MiniBatch.Origin origin = batch.record().origin();
      for (Map.Entry<Integer, Span> span : origin.spans().entrySet()) {
        long before = next.getOrDefault(span.getKey(), 0L);
        if (span.getValue().from() > before) {
          gaps.add(new Range(span.getKey(), before, span.getValue().from() - 1));
        }
        next.put(span.getKey(), span.getValue().to());
      }
    }
    return gaps;
  }

  private static List<Range> ranges(Pattern line, String logs) {
    List<Range> all = new ArrayList<>();
    Matcher matcher = line.matcher(logs);
    while (matcher.find()) {
      all.add(
          new Range(
              Integer.parseInt(matcher.group(1)),
              Long.parseLong(matcher.group(2)),
              Long.parseLong(matcher.group(3))));
    }
    return all;
  }
}
