package dev.counterweight.cli;

import dev.counterweight.cli.NewestRecords.Reach;
import dev.counterweight.event.EventRejectedException;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Tells what a sample of the events shows. */
final class EventFindings {
  private final Findings findings;

  EventFindings(Findings findings) {
    this.findings = findings;
  }

  void tell(EventSample sample) {
    if (sample.read() + sample.tombstones() == 0) {
      nothing(sample.reach().values());
      return;
    }
    notFound(sample.reach());
    if (sample.tombstones() > 0) {
      findings.good(
          "events: %,d tombstones (records without a value) are passed over"
              .formatted(sample.tombstones()));
    }
    if (sample.read() > 0) {
      records(sample);
    }
  }

  private void records(EventSample sample) {
    int rejected = sample.rejected().values().stream().mapToInt(Integer::intValue).sum();
    String line =
        "events: %d of the newest read, %d would be dead letters %s"
            .formatted(sample.read(), rejected, rejected == 0 ? "" : sample.rejected());
    if (rejected == 0) {
      findings.good(line);
    } else {
      findings.wrong(line);
    }
    sample.examples().forEach(findings::detail);
    if (rejected > 0) {
      sample.rejected().keySet().stream()
          .map(reason -> reason + ": " + EventRejectedException.Reason.valueOf(reason).key())
          .forEach(key -> findings.detail("mend " + key + ", or the producer"));
    }
    if (!sample.firstNamed().isEmpty()) {
      findings.detail("first record: " + sample.firstNamed());
    }
    sample.times().tell(findings);
    sample.classes().forEach((name, count) -> findings.detail("class " + name + ": " + count));
    if (rejected < sample.read()) {
      findings.detail(FeatureRange.header());
      sample.features().forEach(feature -> findings.detail(feature.row()));
    }
  }

  private void nothing(Collection<Reach> reach) {
    long offsets = reach.stream().mapToLong(r -> r.end() - r.from()).sum();
    if (reach.stream().allMatch(r -> r.begin() == r.end())) {
      findings.good("events: the topic is empty: nothing to look at yet");
    } else if (reach.stream().allMatch(Reach::whole)) {
      findings.note(
          String.format(
              Locale.ROOT,
              "events: no record among the %,d offsets of %d partitions, looked through to their"
                  + " beginnings: aborted, compacted or deleted",
              offsets,
              reach.size()));
    } else {
      findings.note(
          String.format(
              Locale.ROOT,
              "events: no record found within 30 s among the newest %,d offsets of %d partitions",
              offsets,
              reach.size()));
    }
  }

  /** Partitions that the sample says nothing of, where that is for want of time. */
  private void notFound(Map<Integer, Reach> reach) {
    String partitions =
        reach.entrySet().stream()
            .filter(entry -> entry.getValue().found() == 0 && !entry.getValue().whole())
            .map(entry -> entry.getKey().toString())
            .collect(Collectors.joining(", "));
    if (!partitions.isEmpty()) {
      findings.note("events: no record found within 30 s in partitions " + partitions);
    }
  }
}
