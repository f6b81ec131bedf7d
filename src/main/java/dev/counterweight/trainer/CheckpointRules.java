package dev.counterweight.trainer;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.protocol.InvariantException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a checkpoint is held to, where it is written and where it is read: training that went on
 * from another would end with a model that no batch log gives. Each rule throws {@link
 * InvariantException}. Stateless and thread-safe.
 */
final class CheckpointRules {
  private static final double MAX_ROUNDING = 1e-6;

  private CheckpointRules() {}

  /** Priors are a distribution, weights and temperature numbers that can be served by. */
  static void requireSound(CheckpointManifest checkpoint) {
    double sum = 0;
    for (Map.Entry<String, Double> prior : checkpoint.shares().priors().entrySet()) {
      atLeastZero("the prior of class '%s'".formatted(prior.getKey()), prior.getValue());
      sum += prior.getValue();
    }
    // All are 0 while nothing is known of the stream.
    if (sum != 0 && Math.abs(sum - 1) > MAX_ROUNDING) {
      throw new InvariantException("priors add up", "1 within " + MAX_ROUNDING, sum);
    }
    checkpoint
        .shares()
        .classWeights()
        .forEach((c, w) -> atLeastZero("the weight of class '" + c + "'", w));
    Map<String, Double> decisions = checkpoint.serving().decisionWeights();
    if (decisions != null) {
      decisions.forEach((c, w) -> atLeastZero("the decision weight of class '" + c + "'", w));
    }
    CheckpointManifest.Probabilities served = checkpoint.probabilities();
    if (served != null) {
      // It is infinite where a class has faded so far that its prior is next to none.
      served
          .weights()
          .forEach(
              (c, w) ->
                  atLeastZero("the divisor of class '" + c + "'", Math.min(w, Double.MAX_VALUE)));
      List<Double> mixture = served.mixture();
      if (mixture != null) {
        mixture.forEach(share -> atLeastZero("a candidate's share", share));
        double all = mixture.stream().mapToDouble(Double::doubleValue).sum();
        if (Math.abs(all - 1) > MAX_ROUNDING) {
          throw new InvariantException(
              "candidates' shares add up", "1 within " + MAX_ROUNDING, all);
        }
      }
      positive("the calibrator's temperature", served.temperature());
      CheckpointManifest.Recent recent = served.recent();
      if (recent != null) {
        requireSound(recent, checkpoint.schema().classes());
      }
    }
  }

  private static void requireSound(CheckpointManifest.Recent recent, List<String> classes) {
    positive("the temperature of recent labels", recent.temperature());
    if (!recent.biases().keySet().equals(Set.copyOf(classes))) {
      throw new InvariantException(
          "recent labels have a bias for each class", classes, recent.biases().keySet());
    }
    recent
        .biases()
        .forEach(
            (c, bias) -> {
              if (!Double.isFinite(bias)) {
                throw new InvariantException(
                    "the bias of recent labels of class '" + c + "' is in its range",
                    "a finite number",
                    bias);
              }
            });
  }

  private static void positive(String what, @Nullable Double value) {
    if (value != null && !(value > 0 && Double.isFinite(value))) {
      throw new InvariantException(what + " is in its range", "a finite number above 0", value);
    }
  }

  /** Steps, the batch offset and what is covered never fall against the checkpoint before. */
  static void requireFollows(CheckpointManifest checkpoint, @Nullable CheckpointManifest parent) {
    if (parent == null) {
      return;
    }
    neverFalls("the step", parent.position().step(), checkpoint.position().step());
    neverFalls(
        "the batch offset", parent.position().batchOffset(), checkpoint.position().batchOffset());
    parent.stream()
        .spans()
        .forEach(
            (partition, to) ->
                neverFalls(
                    "what is covered of partition " + partition,
                    to,
                    checkpoint.stream().spans().getOrDefault(partition, 0L)));
  }

  /** An announcement says of its checkpoint what that says of itself. */
  static void requireAnnounced(Announcement announcement, CheckpointManifest checkpoint) {
    same("step", announcement.step(), checkpoint.position().step());
    same("batch offset", announcement.batchOffset(), checkpoint.position().batchOffset());
  }

  /** {@code checkpoint.json} says of the tensors beside it what is in them. */
  static void requireRestored(CheckpointManifest checkpoint, TrainingRun run) {
    same("step", checkpoint.position().step(), run.steps());
    same("spans", checkpoint.stream().spans(), run.progress().spans());
    CheckpointManifest.Probabilities served = checkpoint.probabilities();
    if (served == null) {
      return;
    }
    if (checkpoint.training().mixed().candidates().equals(run.candidates())) {
      same("mixture", Optional.ofNullable(served.mixture()), CheckpointDescription.mixture(run));
    }
    CheckpointManifest.Recent recent = served.recent();
    Scoring scoring = run.scoring();
    if (served.temperature() != null) {
      same("temperature", served.temperature(), scoring.served().calibrator().temperature());
    }
    if (recent != null && scoring.recent().used()) {
      same(
          "temperature of recent labels",
          recent.temperature(),
          scoring.recent().late().stack().temperature());
    }
  }

  private static void atLeastZero(String what, double value) {
    if (!(value >= 0 && Double.isFinite(value))) {
      throw new InvariantException(what + " is in its range", "a finite number from 0", value);
    }
  }

  private static void neverFalls(String what, long parent, long now) {
    if (now < parent) {
      throw new InvariantException(
          what + " never falls against the checkpoint before", parent + " or more", now);
    }
  }

  private static void same(String what, Object told, Object found) {
    if (!Objects.equals(told, found)) {
      throw new InvariantException("a checkpoint's " + what + " is told alike", told, found);
    }
  }
}
