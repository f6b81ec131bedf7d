package dev.counterweight.inference;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.event.EventSchema;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.serving.ServedModel;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class SwappedModelsTest {
  private static final Limits LIMITS = Limits.of(1 << 20, 10_000);

  private final Scoring scoring =
      new Scoring("fraud", LIMITS, new EventForm(EventSchema.Envelope.NONE, LIMITS.requestBytes()));

  @Test
  void keepsNoModelThatNobodyElseKeeps() throws Exception {
    WeakReference<ServedModel> model = scoredBy();

    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              System.gc();
              return model.get() == null;
            });
    Reference.reachabilityFence(scoring);
  }

  @Test
  void whatAThreadWorksWithStaysForAsLongAsTheModel() {
    ServedModel model =
        TestModels.mlp(FeatureSchema.ofNumbers(TestModels.names(1)), List.of("ok", "fraud"), 7);
    WeakReference<Workplace> place = new WeakReference<>(scoring.place(model));
    for (int i = 0; i < 3; i++) {
      System.gc();
    }

    assertThat(scoring.place(model)).isNotNull().isSameAs(place.get());
  }

  /** On the test's own thread, which lives on. */
  private WeakReference<ServedModel> scoredBy() throws Refusal {
    ServedModel model =
        TestModels.mlp(FeatureSchema.ofNumbers(TestModels.names(1)), List.of("ok", "fraud"), 7);
    scoring.score(model, null, "{\"f0\":1}".getBytes(UTF_8), Deadline.in(1L << 34), 1);
    return new WeakReference<>(model);
  }
}
