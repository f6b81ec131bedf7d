package dev.counterweight.cli;

import dev.counterweight.cli.NewestRecords.Reach;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** How far back a topic was looked through for a sample, by partition, in words. */
final class SampledReach {
  private final SampledSide side;
  private final Map<Integer, Reach> partitions;

  SampledReach(SampledSide side, Map<Integer, Reach> partitions) {
    this.side = side;
    this.partitions = new TreeMap<>(partitions);
  }

  /** Of a topic that nothing was found in. */
  void nothing(Findings findings) {
    long offsets = partitions.values().stream().mapToLong(r -> r.end() - r.from()).sum();
    String among =
        String.format(Locale.ROOT, "%,d offsets of %d partitions", offsets, partitions.size());
    if (partitions.values().stream().allMatch(r -> r.begin() == r.end())) {
      findings.good(side + ": the topic is empty: nothing to look at yet");
    } else if (partitions.values().stream().allMatch(Reach::whole)) {
      findings.note(
          side
              + ": no record among the "
              + among
              + ", looked through to their beginnings: aborted, compacted or deleted");
    } else {
      findings.note(side + ": no record found within 30 s among the newest " + among);
    }
  }

  /** Partitions that the sample says nothing of, where that is for want of time. */
  void notFound(Findings findings) {
    String missing =
        partitions.entrySet().stream()
            .filter(entry -> entry.getValue().found() == 0 && !entry.getValue().whole())
            .map(entry -> entry.getKey().toString())
            .collect(Collectors.joining(", "));
    if (!missing.isEmpty()) {
      findings.note(side + ": no record found within 30 s in partitions " + missing);
    }
  }
}
