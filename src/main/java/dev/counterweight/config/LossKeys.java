package dev.counterweight.config;

import static dev.counterweight.config.Declaration.key;

import dev.counterweight.loss.LossConfig;
import dev.counterweight.protocol.KebabCase;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Type;

/** The keys of the loss. */
final class LossKeys {
  static final String LOSS = "loss";
  static final String LOSS_GAMMA = "loss.gamma";
  static final String LOSS_TAU = "loss.tau";
  static final String LOSS_LABEL_SMOOTHING = "loss.label.smoothing";
  static final String LOSS_LDAM_MARGIN = "loss.ldam.margin";
  static final String LOSS_LDAM_SCALE = "loss.ldam.scale";
  static final String LOSS_REDUCTION = "loss.reduction";

  private LossKeys() {}

  static void declare(ConfigDef def) {
    key(
        def,
        LOSS,
        Type.STRING,
        "cross-entropy",
        Rule.oneOf("cross-entropy", "focal", "logit-adjusted", "ldam"),
        "The loss of a row; the row's loss weight multiplies it whole. logit-adjusted (balanced "
            + "softmax at loss.tau=1) balances by itself: set weights.formula=none with it.");
    key(
        def,
        LOSS_GAMMA,
        Type.DOUBLE,
        2d,
        Rule.range(0, true, 100),
        "How far focal turns away from rows it is sure of; 0 is cross-entropy.");
    key(
        def,
        LOSS_TAU,
        Type.DOUBLE,
        1d,
        Rule.range(0, true, 100),
        "Strength of logit-adjusted; 0 is cross-entropy.");
    key(
        def,
        LOSS_LABEL_SMOOTHING,
        Type.DOUBLE,
        0d,
        Rule.below(0, 1),
        "Share of each row's target spread over all classes; of cross-entropy and logit-adjusted.");
    key(
        def,
        LOSS_LDAM_MARGIN,
        Type.DOUBLE,
        0.5,
        Rule.range(0, true, 100),
        "Margin of ldam for the rarest class; the others' fall with the fourth root of their"
            + " count.");
    key(
        def,
        LOSS_LDAM_SCALE,
        Type.DOUBLE,
        30d,
        Rule.range(0, false, 1000),
        "Factor of ldam's scores.");
    key(
        def,
        LOSS_REDUCTION,
        Type.STRING,
        "batch-mean",
        Rule.oneOf("batch-mean", "mean", "sum"),
        "How the rows' weighted losses become one number. batch-mean: sum(w l) / rows. "
            + "mean: sum(w l) / sum(w), as PyTorch does, which under-pays rare classes.");
  }

  static LossConfig read(Values v) {
    return new LossConfig(
        v.choice(LOSS, LossConfig.Kind.class),
        v.real(LOSS_GAMMA),
        v.real(LOSS_TAU),
        v.real(LOSS_LABEL_SMOOTHING),
        v.real(LOSS_LDAM_MARGIN),
        v.real(LOSS_LDAM_SCALE),
        v.choice(LOSS_REDUCTION, LossConfig.Reduction.class),
        v.text(CounterKeys.WEIGHTS_FORMULA).equals(CounterKeys.PER_BATCH));
  }

  /** A line for each rule broken between these keys; empty if none is. */
  static List<String> problems(LossConfig loss) {
    List<String> problems = new ArrayList<>();
    if (loss.labelSmoothing() > 0
        && loss.kind() != LossConfig.Kind.CROSS_ENTROPY
        && loss.kind() != LossConfig.Kind.LOGIT_ADJUSTED) {
      problems.add(
          "%s=%s: must be 0 with %s=%s; cross-entropy and logit-adjusted can be smoothed"
              .formatted(
                  LOSS_LABEL_SMOOTHING,
                  Rule.number(loss.labelSmoothing()),
                  LOSS,
                  KebabCase.of(loss.kind())));
    }
    return problems;
  }
}
