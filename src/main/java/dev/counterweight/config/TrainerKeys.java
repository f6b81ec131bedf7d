package dev.counterweight.config;

import dev.counterweight.event.EventSchema;
import dev.counterweight.event.Feature;
import dev.counterweight.loss.LossConfig;
import dev.counterweight.protocol.KebabCase;
import dev.counterweight.weights.WeightFormula;
import java.nio.file.Path;
import java.util.List;

/** The keys of the trainer: the model, its loss and optimiser, and where it is trained. */
final class TrainerKeys {
  static final KeyGroup KEYS = new KeyGroup("Trainer");

  private static final int MAX_RATES = 8;
  private static final int MAX_TREES = 100;

  /** Of a forest beside an mlp's networks. */
  private static final int TREES = 20;

  private static final String WARM_UP = "warm-up";

  private static final Key<ModelConfig.Kind> MODEL =
      KEYS.key("model", "mlp", Form.oneOf(ModelConfig.Kind.class))
          .means(
              "Kind of model. torchscript: your own, of model.file; it gets the features as they"
                  + " are.");
  private static final Key<String> FILE =
      KEYS.optional("model.file", Form.text())
          .means(
              "TorchScript module (.pt) of model=torchscript: from rows x features, float32, to"
                  + " rows x classes raw scores. Its parameters that require a gradient are"
                  + " trained, from the values they have in the file; a module with running"
                  + " statistics (BatchNorm) is refused.");
  private static final Key<List<Integer>> HIDDEN =
      KEYS.key("model.hidden", "64,32", Form.sizes())
          .needs(MODEL, "mlp")
          .means("Sizes of an mlp's hidden layers, in order.");
  static final Key<Integer> QUANTILES =
      KEYS.key("model.quantiles", 64, Form.whole(0, 1024))
          .means(
              "Beside each standardised feature stands a copy of it by rank, interpolated between"
                  + " this many quantile intervals of its column, which helps with skewed and"
                  + " heavy-tailed ones. 0 leaves the copies out.");
  private static final Key<ModelConfig.Activation> ACTIVATION =
      KEYS.key("model.activation", "relu", Form.oneOf(ModelConfig.Activation.class))
          .needs(MODEL, "mlp")
          .means("What stands between an mlp's layers, as PyTorch defines it.");
  private static final Key<Double> DROPOUT =
      KEYS.key("model.dropout", 0, Form.below(0, 1))
          .means("Share of an mlp's hidden units left out of a step, at random by seed and step.");
  private static final Key<List<Double>> RATES =
      KEYS.key("model.rates", "1,3", Form.factors(MAX_RATES))
          .needs(MODEL, "linear", "mlp")
          .means(
              "Factors of learning.rate, from the smallest to the largest. For each a network is"
                  + " trained, all of them on the same batches; what is served is the mixture of"
                  + " their probabilities, each by its share, which follows how likely it made the"
                  + " newest labels, class by class. 1: a single network.");
  private static final Key<Double> AVERAGE =
      KEYS.key("model.average", 0.99, Form.below(0, 1))
          .needs(MODEL, "linear", "mlp")
          .means(
              "Share that the moving average of a network's parameters keeps at a step, less over"
                  + " the first ones. The average of each network is in the mixture, too. 0: no"
                  + " averages.");
  private static final Key<ModelConfig.Guest> GUEST =
      KEYS.key("model.guest", "linear", Form.oneOf(ModelConfig.Guest.class))
          .needs(MODEL, "mlp")
          .means(
              "Model that is trained beside an mlp's networks and counts in the mixture only once"
                  + " it told the newest labels about as well as all of them together: a linear"
                  + " one, for streams of few rare events and many features. Not of a single"
                  + " network without an average.");
  private static final Key<Integer> FOREST =
      KEYS.optional("model.forest", Form.whole(0, MAX_TREES))
          .means(
              "Trees of a forest beside the networks, 0 for none. It holds the newest rows of each"
                  + " class, builds one tree after the other anew from them, and learns from each"
                  + " event once; what it says is pooled with the networks' probabilities, by"
                  + " powers that follow the newest labels. It costs some 10 to 30 us an event, on"
                  + " a thread of its own, and its checkpoints grow by up to some MB: those of two"
                  + " classes still travel with their announcements, enough to be served, and those"
                  + " of many classes may not. Default: 20 with model=mlp, else 0.");
  static final Key<Integer> BATCH_SIZE =
      KEYS.key("batch.size", 32, Form.whole(1, 1_000_000)).means("Rows a step.");

  private static final Key<LossConfig.Kind> LOSS =
      KEYS.key("loss", "cross-entropy", Form.oneOf(LossConfig.Kind.class))
          .means(
              "The loss of a row; the row's loss weight multiplies it whole. logit-adjusted"
                  + " (balanced softmax at loss.tau=1) balances by itself: set weights.formula=none"
                  + " with it.");
  private static final Key<Double> GAMMA =
      KEYS.key("loss.gamma", 2, Form.range(0, 100))
          .needs(LOSS, "focal")
          .means("How far focal turns away from rows it is sure of; 0 is cross-entropy.");
  private static final Key<Double> TAU =
      KEYS.key("loss.tau", 1, Form.range(0, 100))
          .needs(LOSS, "logit-adjusted")
          .means("Strength of logit-adjusted; 0 is cross-entropy.");
  private static final Key<Double> LABEL_SMOOTHING =
      KEYS.key("loss.label.smoothing", 0, Form.below(0, 1))
          .means(
              "Share of each row's target spread over all classes; of cross-entropy and"
                  + " logit-adjusted.");
  private static final Key<Double> LDAM_MARGIN =
      KEYS.key("loss.ldam.margin", 0.5, Form.range(0, 100))
          .needs(LOSS, "ldam")
          .means(
              "Margin of ldam for the rarest class; the others' fall with the fourth root of their"
                  + " count.");
  private static final Key<Double> LDAM_SCALE =
      KEYS.key("loss.ldam.scale", 30, Form.aboveAndAtMost(0, 1000))
          .needs(LOSS, "ldam")
          .means("Factor of ldam's scores.");
  private static final Key<LossConfig.Reduction> REDUCTION =
      KEYS.key("loss.reduction", "batch-mean", Form.oneOf(LossConfig.Reduction.class))
          .means(
              "How the rows' weighted losses become one number. batch-mean: sum(w l) / rows. mean:"
                  + " sum(w l) / sum(w), as PyTorch does, which under-pays rare classes.");

  private static final Key<OptimizerConfig.Kind> OPTIMIZER =
      KEYS.key("optimizer", "adam", Form.oneOf(OptimizerConfig.Kind.class)).means("The optimiser.");
  private static final Key<Double> LEARNING_RATE =
      KEYS.key("learning.rate", 0.003, Form.above(0))
          .means(
              "Step size; of a category's rows that are an mlp's inputs, over the root of their"
                  + " width.");
  private static final Key<Double> WEIGHT_DECAY =
      KEYS.key("weight.decay", 0, Form.atLeast(0))
          .means(
              "sgd, adam: L2 penalty, added to the gradient. adamw: each step shrinks the"
                  + " parameters by learning.rate times this share.");
  private static final Key<Double> GRADIENT_CLIP =
      KEYS.key("gradient.clip", 1, Form.atLeast(0))
          .means("Largest norm of the gradient; 0 for no limit.");
  private static final Key<String> SCHEDULE =
      KEYS.key("schedule", "constant", Form.oneOf(List.of("constant", WARM_UP)))
          .means(
              "How learning.rate changes with the steps made: it stays, after"
                  + " schedule.warmup.steps, which warm-up asks for.");
  private static final Key<Long> WARMUP_STEPS =
      KEYS.key("schedule.warmup.steps", 0, Form.wholeAtLeast(0))
          .means("Steps over which the learning rate grows evenly to its full size.");
  private static final Key<Double> BETA1 =
      KEYS.key("adam.beta1", 0.5, Form.below(0, 1))
          .needs(OPTIMIZER, "adam", "adamw")
          .means(
              "adam, adamw: how much of the mean gradient, the first moment, a step keeps. Updates"
                  + " lag about 1 / (1 - adam.beta1) steps behind the stream: the model is scored"
                  + " while it learns, and a short memory follows a drift. PyTorch's own default is"
                  + " 0.9.");
  private static final Key<Double> BETA2 =
      KEYS.key("adam.beta2", 0.999, Form.below(0, 1))
          .needs(OPTIMIZER, "adam", "adamw")
          .means(
              "adam, adamw: how much of the mean squared gradient, the second moment, a step"
                  + " keeps.");
  private static final Key<Double> MOMENTUM =
      KEYS.key("momentum", 0, Form.range(0, 0.9999))
          .needs(OPTIMIZER, "sgd")
          .means("Momentum of sgd.");
  private static final Key<Boolean> NESTEROV =
      KEYS.key("nesterov", false, Form.flag())
          .means("Whether sgd's momentum is Nesterov's, which looks ahead.");

  private static final Key<String> DEVICE =
      KEYS.key(
              "device",
              "auto",
              Form.matching("auto|cpu|gpu|gpu:[0-9]{1,4}", "auto, cpu, gpu or gpu:N"))
          .means(
              "Where the model is trained; auto takes the first GPU if it works, gpu:N the one"
                  + " numbered N from 0. Small networks at small batches, the default ones among"
                  + " them, train faster on a CPU.");
  private static final Key<String> INITIAL =
      KEYS.optional("trainer.initial", Form.text())
          .means(
              "What a new job begins with: a checkpoint's folder, of the same layers, from which"
                  + " the configured features, all of which it must have, and classes are taken by"
                  + " name, or a safetensors file with PyTorch's names. Networks of model.rates"
                  + " begin each with its own where there are as many, else all with the one that"
                  + " counted most. Default: random parameters."
                  + " Not read once the job has a checkpoint of its own.");

  private TrainerKeys() {}

  static TrainerConfig read(Values v) {
    boolean scripted = v.get(MODEL) == ModelConfig.Kind.TORCHSCRIPT;
    return new TrainerConfig(
        new ModelConfig(
            v.get(MODEL),
            v.get(HIDDEN),
            v.get(QUANTILES),
            v.get(ACTIVATION),
            v.get(DROPOUT),
            scripted ? List.of(1.0) : v.get(RATES),
            scripted ? 0 : v.get(AVERAGE),
            v.get(MODEL) == ModelConfig.Kind.MLP && v.get(GUEST) == ModelConfig.Guest.LINEAR,
            v.find(FOREST).orElse(v.get(MODEL) == ModelConfig.Kind.MLP ? TREES : 0),
            v.find(FILE).map(Path::of).orElse(null)),
        new LossConfig(
            v.get(LOSS),
            v.get(GAMMA),
            v.get(TAU),
            v.get(LABEL_SMOOTHING),
            v.get(LDAM_MARGIN),
            v.get(LDAM_SCALE),
            v.get(REDUCTION),
            v.get(CounterKeys.FORMULA) instanceof WeightFormula.Batch),
        new OptimizerConfig(
            v.get(OPTIMIZER),
            v.get(LEARNING_RATE),
            v.get(WARMUP_STEPS),
            v.get(BETA1),
            v.get(BETA2),
            v.get(MOMENTUM),
            v.get(NESTEROV),
            v.get(WEIGHT_DECAY),
            v.get(GRADIENT_CLIP)),
        v.get(BATCH_SIZE),
        ServingKeys.read(v),
        v.get(DEVICE),
        v.find(INITIAL).map(Path::of).orElse(null),
        CheckpointKeys.read(v));
  }

  /** Looks at the rules between these keys and the events. */
  static void check(Values v, TrainerConfig trainer, EventSchema schema, Problems problems) {
    ModelConfig model = trainer.model();
    ModelSize.check(trainer, schema, problems);
    boolean scripted = model.kind() == ModelConfig.Kind.TORCHSCRIPT;
    for (Feature feature : schema.features().features()) {
      if (scripted && feature.mayBeNaN()) {
        problems.add(
            "feature '%s' is missing=mean: %s=torchscript gets the features as they are, without a"
                + " mean: must be dead-letter or a number",
            feature.name(), MODEL);
      }
    }
    if (scripted && model.file() == null) {
      problems.add("%s: must be given with %s=torchscript", FILE, MODEL);
    } else if (!scripted && model.file() != null) {
      problems.add("%s=%s: goes with %s=torchscript only", FILE, model.file(), MODEL);
    }
    if (model.dropout() > 0 && model.kind() != ModelConfig.Kind.MLP) {
      problems.add("%s=%s: goes with %s=mlp only", DROPOUT, Form.number(model.dropout()), MODEL);
    }
    LossConfig loss = trainer.loss();
    if (loss.labelSmoothing() > 0
        && loss.kind() != LossConfig.Kind.CROSS_ENTROPY
        && loss.kind() != LossConfig.Kind.LOGIT_ADJUSTED) {
      problems.add(
          "%s=%s: must be 0 with %s=%s; cross-entropy and logit-adjusted can be smoothed",
          LABEL_SMOOTHING, Form.number(loss.labelSmoothing()), LOSS, KebabCase.of(loss.kind()));
    }
    OptimizerConfig optimizer = trainer.optimizer();
    if (optimizer.nesterov()
        && (optimizer.kind() != OptimizerConfig.Kind.SGD || optimizer.momentum() == 0)) {
      problems.add("%s=true: needs %s=sgd and a %s above 0", NESTEROV, OPTIMIZER, MOMENTUM);
    }
    if (v.get(SCHEDULE).equals(WARM_UP) && optimizer.warmupSteps() == 0) {
      problems.add("%s=0: must be above 0 with %s=warm-up", WARMUP_STEPS, SCHEDULE);
    }
  }
}
