package dev.counterweight.profile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.event.RawEvent;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class GiveawaysTest {
  private static final int RARE = 20;

  @Test
  void whatIsThereOnlyWithOneOutcomeTellsIt() {
    assertThat(
            among(
                i ->
                    "{'reason':%s,'closed':'%s','a':%d,'card':{'b':'b%d'},'label':%b}"
                        .formatted(
                            i % RARE == 0 ? "'r" + i % 3 + "'" : null,
                            i % RARE == 0 ? "yes" : "no",
                            i % 7,
                            i % 5,
                            i % RARE == 0)))
        .containsExactlyInAnyOrder("reason", "closed");
  }

  @Test
  void whatOftenGoesWithAnOutcomeDoesNot() {
    assertThat(
            among(
                i ->
                    "{'hint':'%s','label':'%s'}"
                        .formatted(i % RARE == 0 && i % 100 != 0 ? "y" : "n", i % RARE == 0)))
        .isEmpty();
  }

  @Test
  void manyValuesDoNotByChance() {
    assertThat(among(i -> "{'amount':%d,'label':%b}".formatted(i % 150, i % RARE == 0))).isEmpty();
  }

  @Test
  void aLabelInAHeaderIsComparedToo() {
    List<RawEvent> events = Samples.of(i -> "{'a':%d}".formatted(i % 2));
    Label.Known label =
        new Label.Known(
            "header:l",
            "",
            List.of(new ClassValue(List.of("x"), 200), new ClassValue(List.of("y"), 200)),
            0);
    Giveaways giveaways = new Giveaways(label);
    TopicFormat format = FormatGuess.of(events);
    for (int i = 0; i < events.size(); i++) {
      Map<String, String> outside = Map.of("header:l", i % 2 == 0 ? "x" : "y");
      format.read(events.get(i)).ifPresent(event -> giveaways.add(event, outside));
    }

    assertThat(giveaways.among(List.of("a"))).containsExactly("a");
  }

  private static Set<String> among(IntFunction<String> event) {
    List<RawEvent> events = Samples.of(event);
    Inference found = Samples.inferred(events, null);
    Giveaways giveaways = new Giveaways((Label.Known) found.label());
    TopicFormat format = FormatGuess.of(events);
    events.forEach(e -> format.read(e).ifPresent(value -> giveaways.add(value, Map.of())));
    return giveaways.among(found.features().stream().map(Finding.Feature::path).toList());
  }
}
