package dev.counterweight.campaign;

import dev.counterweight.campaign.Observed.Batch;
import dev.counterweight.campaign.Observed.Part;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.checkpoint.CheckpointManifest.FileEntry;
import dev.counterweight.checkpoint.CheckpointReader;
import dev.counterweight.event.Sha256;
import dev.counterweight.protocol.TrainerReport;
import dev.counterweight.trainer.BrokerlessTrainer;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A fresh trainer that is given the batch log comes to the bytes of every checkpoint that can still
 * be read, and to the figures of the newest report.
 */
final class Replaying implements Invariant {
  @Override
  public void check(History history, Observed observed, Truth truth, Findings findings) {
    if (!observed.scope().has(Part.TRAINER) || observed.batches().isEmpty()) {
      return;
    }
    List<TrainerReport> reports = observed.reports();
    Optional<TrainerReport> report =
        reports.isEmpty() ? Optional.empty() : Optional.of(reports.get(reports.size() - 1));
    SortedMap<Long, Map<String, CheckpointManifest>> checkpoints = checkpoints(observed);
    TreeSet<Long> stops = new TreeSet<>(checkpoints.keySet());
    report.ifPresent(r -> stops.add(r.position().batchOffset()));
    Iterator<Batch> batches = observed.batches().iterator();
    Batch next = batches.next();
    try (BrokerlessTrainer trainer = new BrokerlessTrainer(observed.config())) {
      for (long stop : stops) {
        while (next != null && next.offset() < stop) {
          if (!train(trainer, next, findings)) {
            return;
          }
          next = batches.hasNext() ? batches.next() : null;
        }
        checkpoints
            .getOrDefault(stop, Map.of())
            .forEach((name, manifest) -> requireBytes(name, manifest, trainer, findings));
        if (report.isPresent() && report.get().position().batchOffset() == stop) {
          requireFigures(report.get(), TrainerReport.read(trainer.report()), findings);
        }
      }
    }
  }

  /** A record that no trainer takes ends the replay. */
  private static boolean train(BrokerlessTrainer trainer, Batch batch, Findings findings) {
    try {
      trainer.train(batch.record());
      return true;
    } catch (RuntimeException e) {
      findings.add(
          Rule.MODEL_REPLAYS, "a fresh trainer refuses batch record %d: %s", batch.offset(), e);
      return false;
    }
  }

  /** By batch offset, then by name. */
  private static SortedMap<Long, Map<String, CheckpointManifest>> checkpoints(Observed observed) {
    CheckpointReader store = new CheckpointReader(observed.config().trainer().checkpoints().dir());
    SortedMap<Long, Map<String, CheckpointManifest>> all = new TreeMap<>();
    for (Announcement announcement : observed.announcements()) {
      try {
        CheckpointManifest manifest = announcement.named().readManifest(store);
        all.computeIfAbsent(announcement.batchOffset(), offset -> new TreeMap<>())
            .put(announcement.checkpoint().name(), manifest);
      } catch (IOException | IllegalArgumentException e) {
        // Whether it may be gone is for the chain to say.
        continue;
      }
    }
    return all;
  }

  private static void requireBytes(
      String name, CheckpointManifest manifest, BrokerlessTrainer trainer, Findings findings) {
    Map<String, FileEntry> replayed = new TreeMap<>();
    trainer
        .files()
        .forEach(
            (file, bytes) -> replayed.put(file, new FileEntry(bytes.length, Sha256.of(bytes))));
    findings.require(
        replayed.equals(manifest.files()),
        Rule.MODEL_REPLAYS,
        "checkpoint %s of %s has files %s, a replay gives %s",
        name,
        manifest.position(),
        manifest.files(),
        replayed);
  }

  /** All that a report tells of the records, and nothing of the process that tells it. */
  private static Map<String, Object> figures(TrainerReport report) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("step", report.position().step());
    all.put("events", report.position().events());
    all.put("weights_version", report.position().weightsVersion());
    all.put("metrics", report.sinceStart());
    all.put("window", report.window());
    all.put("fading", report.fading());
    all.put("candidates", report.candidates());
    all.put("forest", report.forest());
    all.put("drawn", report.draws().drawn());
    all.put("prior", report.draws().prior());
    all.put("covered", String.valueOf(report.draws().covered()));
    return all;
  }

  private static void requireFigures(
      TrainerReport told, TrainerReport replayed, Findings findings) {
    Map<String, Object> again = figures(replayed);
    figures(told)
        .forEach(
            (what, value) ->
                findings.require(
                    value.equals(again.get(what)),
                    Rule.METRICS_RECOMPUTED,
                    "at batch offset %d the trainer reports %s %s, a replay gives %s",
                    told.position().batchOffset(),
                    what,
                    value,
                    again.get(what)));
  }
}
