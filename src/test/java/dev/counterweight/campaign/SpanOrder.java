package dev.counterweight.campaign;

import dev.counterweight.campaign.Observed.Batch;
import dev.counterweight.campaign.Observed.Part;
import dev.counterweight.campaign.Truth.Read;
import dev.counterweight.protocol.Span;
import java.util.Map;
import java.util.TreeMap;

/** Batch records cover every partition without a gap and without going back. */
final class SpanOrder implements Invariant {
  @Override
  public void check(History history, Observed observed, Truth truth, Findings findings) {
    if (!observed.scope().has(Part.SAMPLER)) {
      return;
    }
    Map<Integer, Long> covered = new TreeMap<>();
    for (Batch batch : observed.batches()) {
      batch
          .record()
          .origin()
          .spans()
          .forEach((p, span) -> follow(batch, p, span, truth, history, covered, findings));
      requireEvents(batch, truth, history, findings);
    }
    observed
        .ends()
        .forEach(
            (p, end) ->
                findings.require(
                    covered.getOrDefault(p, 0L) <= end,
                    Rule.SPANS_CONTIGUOUS,
                    "partition %d is covered to %d, its end is %d",
                    p,
                    covered.getOrDefault(p, 0L),
                    end));
    if (observed.scope().complete()) {
      requireAll(truth, covered, findings);
    }
  }

  private static void follow(
      Batch batch,
      int partition,
      Span span,
      Truth truth,
      History history,
      Map<Integer, Long> covered,
      Findings findings) {
    long before = covered.getOrDefault(partition, truth.from(partition));
    boolean deleted =
        span.from() > before && history.mayBeLost(new Place(partition, span.from() - 1));
    findings.require(
        span.from() == before || deleted,
        Rule.SPANS_CONTIGUOUS,
        "batch record %d covers partition %d from %d to %d, the one before to %d",
        batch.offset(),
        partition,
        span.from(),
        span.to(),
        before);
    covered.merge(partition, span.to(), Math::max);
  }

  /** As many events as it says are counted of what it covers. */
  private static void requireEvents(Batch batch, Truth truth, History history, Findings findings) {
    long counted = 0;
    boolean mayBeLost = false;
    for (Map.Entry<Integer, Span> covered : batch.record().origin().spans().entrySet()) {
      Span span = covered.getValue();
      for (Read record : truth.read(covered.getKey(), span.from(), span.to())) {
        counted += record.counted() ? 1 : 0;
        mayBeLost |= history.mayBeLost(record.place());
      }
    }
    long told = batch.record().origin().events();
    findings.require(
        told == counted || (mayBeLost && told < counted),
        Rule.SPANS_CONTIGUOUS,
        "batch record %d tells of %d events, its spans %s hold %d",
        batch.offset(),
        told,
        batch.record().origin().spans(),
        counted);
  }

  private static void requireAll(Truth truth, Map<Integer, Long> covered, Findings findings) {
    truth
        .read()
        .forEach(
            (partition, all) -> {
              long last = all.get(all.size() - 1).place().offset();
              long to = covered.getOrDefault(partition, 0L);
              findings.require(
                  to > last,
                  Rule.SPANS_CONTIGUOUS,
                  "partition %d is covered to %d, its last record stands at %d",
                  partition,
                  to,
                  last);
            });
  }
}
