package dev.counterweight.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.counterweight.event.EventFormat;
import dev.counterweight.loss.LossConfig;
import dev.counterweight.sampling.Falling;
import dev.counterweight.sampling.SamplingPolicy;
import dev.counterweight.serving.DecisionConfig;
import dev.counterweight.weights.HalfLife;
import dev.counterweight.weights.WeightFormula;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobConfigLoaderTest {
  private static final SmallJob JOB = new SmallJob();

  @TempDir Path folder;

  @Test
  void aBatchLargerThanAnArrayIsRefused() {
    Map<String, String> values = JOB.with();
    values.put("batch.size", "1000000");
    values.put("model.hidden", "64,3000");

    assertThatThrownBy(() -> JobConfigLoader.load(values))
        .isInstanceOf(InvalidConfigException.class)
        .hasMessageContaining("batch.size=1000000")
        .hasMessageContaining("3,000 values a row, 9,000,000,000 a batch of 3")
        .hasMessageContaining("at most 268,435,456");
  }

  @Test
  void theSmallestConfigurationGivesTheDocumentedDefaults() {
    JobConfig config = JOB.load();

    assertThat(config.job()).isEqualTo("fraud");
    assertThat(config.seed()).isEqualTo(1);
    assertThat(config.instanceId()).isNotBlank();
    assertThat(config.events().format()).isEqualTo(EventFormat.JSON);
    assertThat(config.events().schema().classes()).containsExactly("ok", "fraud");
    assertThat(config.events().schema().time()).isNull();
    assertThat(config.events().maxFutureMs()).isEqualTo(3_600_000);
    assertThat(config.counter())
        .isEqualTo(
            new CounterConfig(new WeightFormula.Balanced(), 10_000, HalfLife.NONE, 1_000, 10_000));
    assertThat(config.sampler())
        .isEqualTo(
            new SamplerConfig(
                new SamplingPolicy(
                    SamplingPolicy.Preset.HYBRID,
                    new WeightFormula.Balanced(),
                    new Falling(4, 1, 40_000, true),
                    true,
                    new Falling(64, 8, 500, false),
                    0.5),
                512,
                256,
                1_000,
                100,
                1_000_000,
                900 << 10,
                32 << 20,
                604_800_000,
                SamplerConfig.Mismatch.FAIL,
                0.1,
                0.5));
    assertThat(config.trainer().model().hidden()).containsExactly(64, 32);
    assertThat(config.trainer().loss().reduction()).isEqualTo(LossConfig.Reduction.BATCH_MEAN);
    assertThat(config.trainer().optimizer().learningRate()).isEqualTo(0.003);
    assertThat(config.trainer().optimizer().beta1()).isEqualTo(0.5);
    assertThat(config.trainer().optimizer().beta2()).isEqualTo(0.999);
    assertThat(config.trainer().serving().calibrate()).isTrue();
    assertThat(config.trainer().checkpoints().intervalMs()).isEqualTo(60_000);
    assertThat(config.metrics()).isEqualTo(new MetricsConfig("127.0.0.1", 9464));
    assertThat(config.topics().classWeights()).isEqualTo("fraud.class-weights");
  }

  @Test
  void theOptimiserIsChosenByName() {
    assertThat(JOB.load("optimizer=adamw").trainer().optimizer().kind())
        .isEqualTo(OptimizerConfig.Kind.ADAMW);
  }

  @Test
  void lossScheduleAndModelAreReadWithTheirParameters() {
    Map<String, String> values = JOB.with();
    values.putAll(
        Map.of(
            "loss", "logit-adjusted",
            "loss.tau", "1.5",
            "loss.label.smoothing", "0.1",
            "weights.formula", "batch",
            "schedule", "warm-up",
            "schedule.warmup.steps", "10",
            "model.activation", "leaky-relu",
            "model.dropout", "0.25",
            "device", "gpu:3"));

    TrainerConfig trainer = JobConfigLoader.load(values).trainer();

    assertThat(trainer.loss())
        .isEqualTo(
            new LossConfig(
                LossConfig.Kind.LOGIT_ADJUSTED,
                2,
                1.5,
                0.1,
                0.5,
                30,
                LossConfig.Reduction.BATCH_MEAN,
                true));
    assertThat(trainer.loss().kind()).isEqualTo(LossConfig.Kind.LOGIT_ADJUSTED);
    assertThat(trainer.optimizer().warmupSteps()).isEqualTo(10);
    assertThat(trainer.model().activation()).isEqualTo(ModelConfig.Activation.LEAKY_RELU);
    assertThat(trainer.model().dropout()).isEqualTo(0.25);
    assertThat(trainer.device()).isEqualTo("gpu:3");
  }

  @Test
  void onlyLossesThatCanBeSmoothedAreSmoothed() {
    assertThatThrownBy(() -> JOB.load("loss.label.smoothing=0.1", "loss=focal"))
        .hasMessageContaining("loss.label.smoothing=0.1: must be 0 with loss=focal");
  }

  @Test
  void everyProblemIsReportedAtOnce() {
    Map<String, String> values = JOB.with();
    values.remove("events.topic");
    values.put("batch.sise", "64");
    values.put("learning.rate", "-1");
    values.put("batch.size", "many");
    values.put("kafka.acks", "1");

    InvalidConfigException e =
        catchThrowableOfType(InvalidConfigException.class, () -> JobConfigLoader.load(values));

    assertThat(e.problems())
        .hasSize(5)
        .anySatisfy(p -> assertThat(p).contains("batch.sise", "did you mean 'batch.size'?"))
        .anySatisfy(p -> assertThat(p).contains("learning.rate", "-1", "must be above 0"))
        .anySatisfy(p -> assertThat(p).contains("batch.size", "many"))
        .anySatisfy(p -> assertThat(p).contains("events.topic"))
        .anySatisfy(p -> assertThat(p).contains("kafka.acks", "set by Counterweight itself"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "job                     | has space   | must be 1 to 150 of",
        "job                     | fraud.eu    | without a dot: a right on the prefix 'fraud.'",
        "events.format           | xml        | must be one of json, csv, float32",
        "events.classes          | ok          | at least 2",
        "events.classes          | ok,ok       | none twice",
        "events.max.future       | 1 hour      | must be a duration",
        "weights.formula         | per-batch   | must be one of balanced, inverse, smoothed(s)",
        "sampler.weights         | batch       | must be one of balanced, inverse, smoothed(s)",
        "evaluation.predictions.topic | payments | must not be the events topic",
        "decision                | threshold   | decision=threshold is gone: write"
            + " decision=recall(CLASS,SHARE), precision(CLASS,SHARE) or costs(C,C,...)",
        "decision.class          | ok          | decision.class=ok is gone: write decision=recall(",
        "decision                | argmax      | must be one of argmax-balanced,"
            + " argmax-scores, argmax-calibrated,",
        "decision                | argmax-balanced(1) | must be one of argmax-balanced",
        "decision                | recall      | must be one of",
        "decision                | recall(ok)  | must be one of",
        "decision                | recall(ok,2)| with a share above 0 and at most 1",
        "decision                | recall(no, ok,0.9) | a class with a comma in its name stands in"
            + " double quotes",
        "decision                | recall(nobody,0.9) | decision=recall(nobody,...): must name one"
            + " of events.classes, [ok, fraud]",
        "decision                | costs(0,-1,1,0) | numbers of at least 0",
        "decision                | costs(0,1,1)| decision=costs(...) has 3 numbers: must have one"
            + " for each pair of classes, 4",
        "model.quantiles         | -1          | must be at least 0 and at most 1024",
        "weights.formula         | smoothed(-1)| smoothed(s) with s at least 0",
        "weights.formula         | smoothed(1,2) | smoothed(s) with s at least 0",
        "weights.formula         | power(-0.5) | power(a) with a at least 0",
        "weights.formula         | power(a)    | power(a) with a at least 0",
        "weights.formula         | power()     | power(a) with a at least 0",
        "weights.formula         | effective-number(1) | effective-number(b) with b at least 0 and"
            + " below 1",
        "weights.formula         | balanced(1) | must be one of balanced, inverse",
        "weights.formula         | fixed(1,-2) | each at least 0 and one of them above 0",
        "weights.formula         | fixed(0,0)  | one of them above 0",
        "weights.formula         | fixed(1,2,3)| weights.formula=fixed(1,2,3): must have a number"
            + " for each of the 2 classes [ok, fraud], in this order; it has 3",
        "weights.formula         | fixed       | fixed(w,w,...) with a number for each class",
        "sampler.weights         | fixed       | fixed(w,w,...) with a number for each class",
        "sampler.weights         | fixed(1)    | sampler.weights=fixed(1): must have a number for",
        "weights.smoothing       | 2           | weights.smoothing=2 is gone: it is an argument of"
            + " the formula smoothed now: remove it",
        "counts.half.life        | 0s          | must be none, a duration of at least 1 ms",
        "counts.half.life        | 0 events    | a number of events of at least 1",
        "counts.half.life        | 100000      | must be none, a duration",
        "weights.min.change      | 0.2         | weights.min.change=0.2 is gone: the published"
            + " weights follow every change: remove it",
        "weights.max.ratio       | 0.5         | must be at least 1",
        "weights.update.interval | 1ms         | at least 10 ms",
        "sampler.preset          | smote       | must be one of hybrid, none, undersample",
        "sampler.weights         | batch       | must be one of balanced",
        "sampler.draws.per.event | 0           | must be auto, or a number above 0 and at most"
            + " 1000",
        "sampler.draws.per.event | many        | must be auto, or a number",
        "sampler.max.lead        | 10          | must be at least 1000",
        "sampler.max.lead        | 1023        | must be at least 1024, four records of"
            + " sampler.record.draws=256",
        "sampler.draws.per.event | 100         | must be at most sampler.max.uses=64",
        "sampler.max.uses        | 0.5         | must be a number at least 1",
        "sampler.arrival.share   | 0           | must be above 0 and at most 1",
        "sampler.arrival.share   | NaN         | number such as 0.1 or 1e-3, above 0 and at most 1",
        "evaluation.share        | 1.5         | must be above 0 and at most 1",
        "sampler.record.max.bytes| 12 parsecs  | must be a size",
        "batches.retention       | 59m         | at least 3600000 ms",
        "sampler.record.max.bytes| 16383       | at least 16384 bytes",
        "checkpoint.inline.max   | 1 MiB       | at most 655360 bytes",
        "checkpoint.keep         | 2001        | must be at least 1 and at most 2000",
        "sampler.commit.interval | 1m          | must be at most 5s",
        "model.hidden            | 64,0        | whole numbers from 1",
        "model.activation        | softplus    | must be one of relu, leaky-relu, tanh",
        "model                   | torchscript | model.file: must be given with model=torchscript",
        "model.file              | a.pt        | goes with model=torchscript only",
        "model.dropout           | 1           | must be at least 0 and below 1",
        "model.rates             | 1,1/3       | 1 to 8 numbers above 0, each larger than the one"
            + " before, such as 1/3,1,2.5",
        "model.rates             | 0,1         | numbers above 0",
        "model.rates             | 1/0         | numbers above 0",
        "model.rates             | -1/-3       | numbers above 0",
        "model.rates             | 1,2,3,4,5,6,7,8,9 | 1 to 8 numbers",
        "model.rates             | 1/2/3       | numbers above 0",
        "model.rates             | 1,,3        | numbers above 0",
        "model.average           | 1           | must be at least 0 and below 1",
        "loss                    | hinge       | must be one of cross-entropy, focal,"
            + " logit-adjusted",
        "loss.gamma              | -1          | must be at least 0",
        "loss.tau                | -1          | must be at least 0",
        "loss.label.smoothing    | 1           | must be at least 0 and below 1",
        "loss.ldam.margin        | -0.5        | must be at least 0",
        "loss.ldam.scale         | 0           | must be above 0",
        "adam.beta1              | 1           | must be at least 0 and below 1",
        "adam.beta1              | -0.1        | must be at least 0 and below 1",
        "adam.beta2              | 1           | must be at least 0 and below 1",
        "nesterov                | true        | needs optimizer=sgd and a momentum above 0",
        "schedule                | linear      | must be one of constant, warm-up",
        "schedule                | warm-up     | schedule.warmup.steps=0: must be above 0",
        "schedule.warmup.steps   | -1          | must be at least 0",
        "schedule                | cosine      | schedule=cosine is gone: a stream has no end for"
            + " learning.rate to fall towards: write schedule=constant",
        "schedule                | step        | schedule=step is gone: a stream has no end",
        "schedule.steps          | 500         | schedule.steps=500 is gone: a stream has no end",
        "schedule.factor         | 0.5         | schedule.factor=0.5 is gone: a stream has no end",
        "sampler.span.max.events | 512         | sampler.span.max.events=512 is gone: a batch"
            + " record covers at most 4096 events: remove it",
        "sampler.memory.refill   | 1 MiB       | sampler.memory.refill=1 MiB is gone: at most 64"
            + " MiB",
        "trainer.max.bad.steps   | 3           | trainer.max.bad.steps=3 is gone: the trainer"
            + " stops at 10",
        "device                  | gpu:x       | must be auto, cpu, gpu or gpu:N",
        "device                  | tpu         | must be auto, cpu, gpu or gpu:N",
        "metrics.port            | 70000       | must be at least 0 and at most 65535",
        "events.label            | amount      | field 'amount' is named twice",
        "events.classes          | ok,ok       | none blank, none twice",
        "events.classes          | \"ok,fraud   | each with its synonyms",
        "events.time.unit        | minutes     | must be one of s, ms, us, ns, iso",
        "events.time.unit        | s           | has no effect without events.time",
        "events.min.time         | 1969-12-31  | must be a date from 1970-01-01 on",
        "events.min.time         | today       | must be a date from 1970-01-01 on",
        "events.columns          | age,class,amount | is for events.format=csv: remove it",
        "learning.rate           | 1f          | learning.rate=1f: must be a number such as 0.1 or"
            + " 1e-3",
        "learning.rate           | 30d         | must be a number",
        "learning.rate           | 0x1p3       | must be a number",
        "learning.rate           | NaN         | must be a number",
        "learning.rate           | abc         | must be a number",
        "batch.size              | 0x10        | batch.size=0x10: must be a whole number",
        "batch.size              | \u0663\u0663 | must be a whole number",
        "sampler.draws.per.event | 4f          | must be",
        "checkpoint.dir          | ''          | must be a text that is not blank",
      })
  void aValueThatBreaksItsRuleIsNamedWithIt(String key, String value, String message) {
    assertThatThrownBy(() -> JOB.load(key + "=" + value))
        .isInstanceOf(InvalidConfigException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "class-weights",
        "batches",
        "checkpoints",
        "metrics",
        "dead-letters",
        "counter-counts-changelog"
      })
  void noTopicOfTheJobsOwnServesForEventsOrPredictions(String own) {
    for (String key : List.of("events.topic", "evaluation.predictions.topic")) {
      Map<String, String> values = JOB.with();
      values.put(key, values.get("job") + "." + own);

      assertThatThrownBy(() -> JobConfigLoader.load(values))
          .isInstanceOfSatisfying(
              InvalidConfigException.class,
              e ->
                  assertThat(e.problems())
                      .containsExactly(
                          "%s=fraud.%s: must not be a topic that job=fraud uses for itself"
                              .formatted(key, own)));
    }
  }

  @Test
  void aTopicUnderTheJobsPrefixMayTakePredictions() {
    assertThat(
            JOB.load("evaluation.predictions.topic=fraud.predictions")
                .trainer()
                .serving()
                .predictionsTopic())
        .isEqualTo("fraud.predictions");
  }

  @ParameterizedTest
  @CsvSource({
    "none, NONE, 0",
    "6h, MILLISECONDS, 21600000",
    "0.5s, MILLISECONDS, 500",
    "100000 events, EVENTS, 100000",
    "1 event, EVENTS, 1"
  })
  void aHalfLifeIsADurationOrANumberOfEvents(String text, HalfLife.Unit unit, long amount) {
    assertThat(JOB.load("counts.half.life=" + text).counter().halfLife())
        .isEqualTo(new HalfLife(unit, amount));
  }

  @Test
  void eventsAreDatedAheadByAHalfLifeAtMost() {
    Map<String, String> values = JOB.with();
    values.put("counts.half.life", "1m");
    assertThat(JobConfigLoader.load(values).events().maxFutureMs()).isEqualTo(60_000);
    values.put("events.max.future", "30s");
    assertThat(JobConfigLoader.load(values).events().maxFutureMs()).isEqualTo(30_000);

    values.put("events.max.future", "1h");
    assertThatThrownBy(() -> JobConfigLoader.load(values))
        .isInstanceOf(InvalidConfigException.class)
        .hasMessageContaining("events.max.future=3600000 ms")
        .hasMessageContaining("counts.half.life, 60000 ms");

    values.put("counts.half.life", "100 events");
    assertThat(JobConfigLoader.load(values).events().maxFutureMs()).isEqualTo(3_600_000);
  }

  @Test
  void aRecordMustHaveRoomForARow() {
    Map<String, String> values = JOB.with();
    values.put("sampler.record.max.bytes", "16 KiB");
    assertThat(JobConfigLoader.load(values).sampler().recordMaxBytes()).isEqualTo(16 << 10);

    values.put(
        "events.features",
        IntStream.range(0, 5_000).mapToObj(i -> "f" + i).collect(Collectors.joining(",")));
    assertThatThrownBy(() -> JobConfigLoader.load(values))
        .hasMessageContaining("sampler.record.max.bytes=16384: must be at least 136306");
  }

  @Test
  void aClassWithWeightMustBeDrawn() {
    Map<String, String> values = JOB.with();
    values.put("sampler.weights", "fixed(0.5,0)");

    for (String objective : List.of("balanced", "fixed(1,2)", "power(0.3)")) {
      values.put("weights.formula", objective);
      assertThatThrownBy(() -> JobConfigLoader.load(values))
          .hasMessage(
              "sampler.weights=fixed(0.5,0): must be above 0 for class 'fraud', which"
                  + " weights.formula=%s gives weight: a class with weight must be drawn",
              objective);
    }
    values.put("weights.formula", "fixed(3,0)");
    assertThat(JobConfigLoader.load(values).sampler().policy().weights().weights(new double[2]))
        .containsExactly(0.5, 0.0);
  }

  @Test
  void eachFormulaHasArgumentsOfItsOwn() {
    JobConfig config = JOB.load("weights.formula=power( 0.3 )", "sampler.weights=smoothed(10)");

    assertThat(config.counter().formula()).isEqualTo(new WeightFormula.Power(0.3));
    assertThat(config.sampler().policy().weights()).isEqualTo(new WeightFormula.Smoothed(10));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "weights.formula=power weights.power=0.3 | weights.power=0.3 is gone: write"
            + " weights.formula=power(0.3)",
        "weights.formula=fixed sampler.weights=fixed weights.fixed=1,20 | weights.fixed=1,20 is"
            + " gone: write weights.formula=fixed(1,20) and sampler.weights=fixed(1,20)",
        "sampler.weights=effective-number weights.beta=0.9 | weights.beta=0.9 is gone: write"
            + " sampler.weights=effective-number(0.9)",
        "weights.formula=smoothed weights.smoothing=-1 | weights.smoothing=-1 is gone: write"
            + " weights.formula=smoothed(-1)",
        "decision=threshold decision.class=fraud decision.recall=0.9 | decision=threshold,"
            + " decision.class=fraud, decision.recall=0.9 are gone: write"
            + " decision=recall(fraud,0.9)",
        "decision=threshold decision.class=no,way decision.precision=0.5 | decision=threshold,"
            + " decision.class=no,way, decision.precision=0.5 are gone: write"
            + " decision=precision(\"no,way\",0.5)",
        "decision=threshold decision.costs=0,1,50,0 | decision=threshold, decision.costs=0,1,50,0"
            + " are gone: write decision=costs(0,1,50,0)",
      })
  void whatIsGoneIsRefusedWithTheLineToWrite(String settings, String problem) {
    Map<String, String> values = JOB.with();
    for (String setting : settings.split(" ")) {
      values.put(setting.split("=")[0], setting.split("=")[1]);
    }

    assertThatThrownBy(() -> JobConfigLoader.load(values)).hasMessage(problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"no, thanks\"    | recall(\"no, thanks\",0.9)    | no, thanks",
        "no (really)       | precision(no (really), 0.5) | no (really)",
        "a)b               | recall( a)b ,1e-1)        | a)b",
        "\"say \"\"no\"\"\" | recall(say \"no\",0.5)     | say \"no\"",
        "\"\"\"no\"\"\"      | recall(\"\"\"no\"\"\",0.5)   | \"no\"",
      })
  void aDecisionNamesAnyClass(String name, String decision, String wanted) {
    assertThat(
            JOB.load("events.classes=ok," + name, "decision=" + decision)
                .trainer()
                .serving()
                .decision())
        .isInstanceOfSatisfying(
            DecisionConfig.Target.class, target -> assertThat(target.name()).isEqualTo(wanted));
  }

  @ParameterizedTest
  @CsvSource({
    "none, none, 0, 1",
    "undersample, balanced, 0, 1",
    "oversample, balanced, 0, Infinity",
    "weighted-random, balanced, 1, Infinity"
  })
  void aPresetSetsWhatItIsMadeOf(String preset, String weights, double draws, double maxUses) {
    SamplingPolicy policy = JOB.load("sampler.preset=" + preset).sampler().policy();

    assertThat(policy)
        .isEqualTo(
            new SamplingPolicy(
                policy.preset(),
                WeightFormula.of(weights),
                new Falling(draws, draws, 40_000, true),
                false,
                new Falling(maxUses, maxUses, 500, false),
                1));
    assertThat(policy.preset()).hasToString(preset);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "none            | sampler.weights=balanced      | sampler.preset=none sets it to none",
        "none            | sampler.draws.per.event=1     | sampler.preset=none sets it to what r_c",
        "undersample     | sampler.draws.per.event=auto  | goes with sampler.preset=hybrid alone",
        "undersample     | sampler.max.uses=2            | sampler.preset=undersample sets it to 1",
        "oversample      | sampler.max.uses=64           | sampler.preset=oversample sets it to no"
            + " cap",
        "oversample      | sampler.draws.per.event=0.5   | sampler.preset=oversample sets it to"
            + " what",
        "weighted-random | sampler.draws.per.event=auto  | goes with sampler.preset=hybrid alone",
        "weighted-random | sampler.max.uses=64           | sampler.preset=weighted-random sets it"
            + " to",
        "weighted-random | sampler.arrival.share=0.5     | sampler.preset=weighted-random sets it"
            + " to 1",
      })
  void aKeyThatContradictsThePresetIsNamedWithIt(String preset, String setting, String message) {
    Map<String, String> values = JOB.with();
    values.put("sampler.preset", preset);
    String[] parts = setting.split("=");
    values.put(parts[0], parts[1]);

    assertThatThrownBy(() -> JobConfigLoader.load(values))
        .isInstanceOf(InvalidConfigException.class)
        .hasMessageContaining(setting + ":")
        .hasMessageContaining(message);
  }

  @Test
  void whatAPresetLeavesOpenCanBeSet() {
    Map<String, String> values = JOB.with();
    values.put("sampler.preset", "weighted-random");
    values.put("sampler.draws.per.event", "2.5");
    values.put("sampler.weights", "power");
    values.put("sampler.arrival.share", "1");

    SamplingPolicy policy = JobConfigLoader.load(values).sampler().policy();

    assertThat(policy.draws().at(1e9)).isEqualTo(2.5);
    assertThat(policy.weights()).isEqualTo(new WeightFormula.Power(0.5));
    values.put("sampler.preset", "hybrid");
    values.put("sampler.draws.per.event", "auto");
    values.put("sampler.max.uses", "3");
    assertThat(JobConfigLoader.load(values).sampler().policy().draws().first()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({
    "4..1, 64..8, 4, 1, 64, 8",
    "2, 16, 2, 2, 16, 16",
    "auto, 32..2, 4, 1, 32, 2",
    "20, , 20, 20, 64, 20",
    "20..1, , 20, 1, 64, 20"
  })
  void drawsAndUsesAreANumberOrTwoThatFall(
      String draws, String uses, double first, double last, double most, double least) {
    Map<String, String> values = JOB.with();
    values.put("sampler.draws.per.event", draws);
    if (uses != null) {
      values.put("sampler.max.uses", uses);
    }

    SamplingPolicy policy = JobConfigLoader.load(values).sampler().policy();

    assertThat(policy.draws().at(0)).isEqualTo(first);
    assertThat(policy.draws().at(1e12)).isEqualTo(last);
    assertThat(policy.maxUses().at(0)).isEqualTo(most);
    assertThat(policy.maxUses().at(1e12)).isEqualTo(least);
  }

  @ParameterizedTest
  @CsvSource({"8..64", "4..4", "4..", "..4", "4..2..1", "4..x", "0.5", "64..0.5"})
  void aFallIsTwoNumbersOfWhichTheSecondIsTheSmaller(String uses) {
    assertThatThrownBy(() -> JOB.load("sampler.max.uses=" + uses))
        .isInstanceOf(InvalidConfigException.class)
        .hasMessageContaining("two of them that fall, such as 64..8");
  }

  @Test
  void namesWithCommasStandInQuotes() {
    assertThat(
            JOB.load("events.classes= ok , \"no, thanks\",\"say \"\"no\"\"\" ")
                .events()
                .schema()
                .classes())
        .containsExactly("ok", "no, thanks", "say \"no\"");
  }

  @Test
  void columnsNameTheOrderOfACsvRecord() {
    Map<String, String> values = JOB.with();
    values.put("events.format", "csv");
    assertThat(JobConfigLoader.load(values).events().schema().columns())
        .containsExactly("amount", "age", "class");

    values.put("events.columns", "class,id,age,amount");
    assertThat(JobConfigLoader.load(values).events().schema().columns())
        .containsExactly("class", "id", "age", "amount");

    values.put("events.columns", "id,age,amount");
    assertThatThrownBy(() -> JobConfigLoader.load(values))
        .hasMessageContaining(
            "events.columns=id,age,amount: must name every field of events.features, .label, .time"
                + " and .importance; class is missing");
  }

  @Test
  void float32HasNoRoomForNamedFields() {
    assertThatThrownBy(() -> JOB.load("events.format=float32", "events.time=at"))
        .hasMessageContaining("not float32");
  }

  @Test
  void laterSourcesOverrideEarlierOnes() throws IOException {
    Path file = folder.resolve("job.properties");
    Files.writeString(file, "batch.size=1\nseed=1\nlearning.rate=1\n");

    Map<String, String> merged =
        ConfigSources.merge(
            file,
            Map.of("COUNTERWEIGHT_SEED", "2", "COUNTERWEIGHT_LEARNING_RATE", "2", "HOME", "/"),
            List.of("learning.rate=3"));

    assertThat(merged)
        .containsOnly(
            Map.entry("batch.size", "1"), Map.entry("seed", "2"), Map.entry("learning.rate", "3"));
  }

  @Test
  void aByteOrderMarkIsNoPartOfTheFirstKey() throws IOException {
    Path file =
        Files.writeString(folder.resolve("job.properties"), "\uFEFFjob=fraud\r\nseed=1\r\n");

    assertThat(ConfigSources.merge(file, Map.of(), List.of()))
        .containsOnly(Map.entry("job", "fraud"), Map.entry("seed", "1"));
  }

  @Test
  void aBackslashThatBeginsNoCharacterIsExplained() throws IOException {
    Path file = Files.writeString(folder.resolve("job.properties"), "model.file=C:\\users\\m.pt\n");

    assertThatThrownBy(() -> ConfigSources.merge(file, Map.of(), List.of()))
        .hasMessageContaining("Write \\\\ for a backslash");
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    assertThatThrownBy(
            () -> ConfigSources.merge(folder.resolve("none.properties"), Map.of(), List.of()))
        .isInstanceOf(InvalidConfigException.class)
        .hasMessageContaining("none.properties' does not exist");
  }

  @Test
  void aSettingWithoutValueIsRefused() throws IOException {
    Path file = Files.createFile(folder.resolve("job.properties"));

    assertThatThrownBy(() -> ConfigSources.merge(file, Map.of(), List.of("seed")))
        .hasMessage("--set seed: must be key=value");
  }

  @Test
  void secretsComeFromFilesAndStayOutOfTheFile() throws IOException {
    Path secrets = folder.resolve("secrets.properties");
    Files.writeString(secrets, "password=hunter2\n");
    JobConfig config = JOB.load("kafka.ssl.key.password=${file:" + secrets + ":password}");

    assertThat(config.kafka().clients()).containsEntry("ssl.key.password", "hunter2");
  }

  @Test
  void aReferenceToNothingIsAProblemOfItsKey() {
    assertThatThrownBy(() -> JOB.load("kafka.ssl.key.password=${env:COUNTERWEIGHT_TEST_NOT_SET}"))
        .hasMessage(
            "key 'kafka.ssl.key.password' refers to a variable, file or folder entry that is not"
                + " there");
  }

  @Test
  void whatTheGuaranteesRestOnCannotBeSetUnderAStreamsPrefixEither() {
    assertThatThrownBy(
            () -> JOB.load("kafka.main.consumer.auto.offset.reset=latest", "kafka.producer.acks=0"))
        .hasMessageContaining("kafka.main.consumer.auto.offset.reset")
        .hasMessageContaining("kafka.producer.acks");
  }

  @Test
  void keysUnderStreamsGoToKafkaStreams() {
    JobConfig config =
        JOB.load(
            "kafka.streams.num.standby.replicas=1",
            "kafka.streams.consumer.session.timeout.ms=20000",
            "kafka.ssl.protocol=TLSv1.3");

    assertThat(config.kafka().streams())
        .isEqualTo(Map.of("num.standby.replicas", "1", "consumer.session.timeout.ms", "20000"));
    assertThat(config.kafka().clients()).isEqualTo(Map.of("ssl.protocol", "TLSv1.3"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "processing.guarantee                 | at_least_once | set by Counterweight itself",
        "application.id                       | other         | set by Counterweight itself",
        "consumer.isolation.level             | any           | set by Counterweight itself",
        "topic.cleanup.policy                 | delete        | set by Counterweight itself",
        "deserialization.exception.handler    | x.Continue    | a count would be wrong",
        "default.production.exception.handler | x.Continue    | a count would be wrong",
        "processing.exception.handler         | x.Continue    | a count would be wrong",
        "statestore.cache.max.bytes           | 0             | must be above 0",
        "num.stream.thread                    | 2             | did you mean"
            + " 'kafka.streams.num.stream.threads'?",
        "num.stream.threads                   | two           | kafka.streams.*: Invalid value two",
        "commit.interval.ms                   | -1            | kafka.streams.*: Invalid value -1",
      })
  void whatAStreamsKeyMayNotBeIsOneClearError(String key, String value, String problem) {
    InvalidConfigException e =
        catchThrowableOfType(
            InvalidConfigException.class, () -> JOB.load("kafka.streams." + key + "=" + value));

    assertThat(e.problems()).hasSize(1);
    assertThat(e.problems().get(0)).contains(problem).contains(key.substring(0, 10));
  }

  @Test
  void theReferencePageSaysWhatTheCodeDoes() throws IOException {
    assertThat(Files.readString(Path.of("docs/configuration.md")))
        .as("regenerate with: ./counterweight config > docs/configuration.md")
        .isEqualTo(ConfigReference.markdown());
  }
}
