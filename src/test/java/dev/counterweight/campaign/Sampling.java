package dev.counterweight.campaign;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.campaign.Contract.Must;
import dev.counterweight.campaign.Observed.Batch;
import dev.counterweight.campaign.Observed.Part;
import dev.counterweight.campaign.Truth.Read;
import dev.counterweight.protocol.Span;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** Batch records draw and evaluate what they must, once, and replay what was drawn before. */
final class Sampling implements Invariant {
  /** By which a weight in single precision may differ. */
  private static final float ROUNDING = 1e-6f;

  @Override
  public void check(History history, Observed observed, Truth truth, Findings findings) {
    if (!observed.scope().has(Part.SAMPLER)) {
      return;
    }
    Walk walk = new Walk(truth, findings);
    observed.batches().forEach(walk::next);
    Contract contract = new Contract(observed.config(), observed.snapshots());
    walk.covered.forEach(
        (partition, to) -> {
          for (Read event : truth.read(partition, 0, to)) {
            if (!history.mayBeLost(event.place())) {
              walk.require(event, contract);
            }
          }
        });
  }

  /** Goes along the batch log. Not thread-safe. */
  private static final class Walk {
    private final Truth truth;
    private final Findings findings;
    private final Map<Place, Long> fresh = new HashMap<>();
    private final Map<Place, Long> evaluated = new HashMap<>();
    private final Map<Place, Float> weights = new HashMap<>(); // of those evaluated
    private final Map<Integer, Long> covered = new TreeMap<>();

    Walk(Truth truth, Findings findings) {
      this.truth = truth;
      this.findings = findings;
    }

    void next(Batch batch) {
      for (Map.Entry<Integer, Span> span : batch.record().origin().spans().entrySet()) {
        covered.merge(span.getKey(), span.getValue().to(), Math::max);
      }
      evaluated(batch);
      drawn(batch, true);
      drawn(batch, false);
    }

    private void drawn(Batch batch, boolean first) {
      MiniBatch.Draws rows = batch.record().draws();
      for (int i = 0; i < rows.rows(); i++) {
        Place at = new Place(rows.sourcePartition()[i], rows.sourceOffset()[i]);
        if (first == (rows.fresh()[i] == 1)) {
          requireEvent(batch, at, rows.labels()[i], first ? "draws" : "replays");
          if (first) {
            once(batch, at, fresh, "drawn afresh");
          } else {
            findings.require(
                fresh.containsKey(at),
                Rule.SAMPLED_PER_CONTRACT,
                "batch record %d replays event %s, which was never drawn afresh",
                batch.offset(),
                at);
          }
        }
      }
    }

    private void evaluated(Batch batch) {
      MiniBatch.EvaluationSlice rows = batch.record().evaluation();
      for (int i = 0; i < rows.rows(); i++) {
        Place at = new Place(rows.sourcePartition()[i], rows.sourceOffset()[i]);
        requireEvent(batch, at, rows.labels()[i], "evaluates");
        once(batch, at, evaluated, "evaluated");
        weights.put(at, rows.weights()[i]);
        findings.require(
            !fresh.containsKey(at),
            Rule.SAMPLED_PER_CONTRACT,
            "batch record %d evaluates event %s, which record %d has drawn",
            batch.offset(),
            at,
            fresh.get(at));
      }
    }

    private void once(Batch batch, Place at, Map<Place, Long> before, String what) {
      Long earlier = before.putIfAbsent(at, batch.offset());
      findings.require(
          earlier == null,
          Rule.SAMPLED_PER_CONTRACT,
          "event %s is %s twice: in batch records %d and %d",
          at,
          what,
          earlier,
          batch.offset());
    }

    /** A row is of an event that is covered by then, and bears its class. */
    private void requireEvent(Batch batch, Place at, long label, String does) {
      Read event = truth.at(at);
      if (event == null || !event.counted() || !event.kind().scored()) {
        findings.add(
            Rule.SAMPLED_PER_CONTRACT,
            "batch record %d %s %s, where %s stands",
            batch.offset(),
            does,
            at,
            event == null ? "no committed event" : "an event that is " + event.kind());
        return;
      }
      findings.require(
          label == event.label(),
          Rule.SAMPLED_PER_CONTRACT,
          "batch record %d %s event %s as class %d: it is of class %d",
          batch.offset(),
          does,
          at,
          label,
          event.label());
      findings.require(
          at.offset() < covered.getOrDefault(at.partition(), 0L),
          Rule.SAMPLED_PER_CONTRACT,
          "batch record %d %s event %s, which is covered by no record up to it",
          batch.offset(),
          does,
          at);
    }

    /** What a covered event had to be used for. */
    void require(Read event, Contract contract) {
      boolean usable = event.counted() && event.kind().scored();
      if (usable) {
        require(event, contract.drawn(event), fresh, "drawn");
        require(event, contract.evaluated(event), evaluated, "evaluated");
        requireWeight(event, contract);
      }
    }

    private void requireWeight(Read event, Contract contract) {
      Float weight = weights.get(event.place());
      float must = (float) contract.evaluationWeight(event);
      findings.require(
          weight == null || Math.abs(weight - must) <= ROUNDING * must,
          Rule.SAMPLED_PER_CONTRACT,
          "event %s of class %d is evaluated with weight %s, by contract %s",
          event.place(),
          event.label(),
          weight,
          must);
    }

    private void require(Read event, Must must, Map<Place, Long> done, String what) {
      boolean was = done.containsKey(event.place());
      findings.require(
          must == Must.MAY || was == (must == Must.YES),
          Rule.SAMPLED_PER_CONTRACT,
          "event %s of class %d is %s, by contract it must %s",
          event.place(),
          event.label(),
          was ? what : "not " + what,
          must == Must.YES ? "be" : "not be");
    }
  }
}
