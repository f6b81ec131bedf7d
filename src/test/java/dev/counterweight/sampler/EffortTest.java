package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.sampler.TrainerReports.Standing;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EffortTest {
  private static final double MOST = 4;

  private final Reported reported = new Reported();
  private long nowMs;

  @Test
  void reportsThatStayAwayLeaveTheDrawsAsTheyAre() {
    Effort effort = effort("1000000");
    for (int s = 0; s < 10; s++) {
      told(effort, 1000 * s, 100);
    }
    assertThat(effort.draws()).isEqualTo(MOST);

    for (int s = 0; s < 300; s++) {
      nowMs += 1000;
      reported.lag += 1000;
      effort.follow(nowMs);
    }

    assertThat(effort.draws()).isEqualTo(MOST);
    assertThat(effort.lead()).hasValue(300_100);
  }

  @Test
  void reportsOfATrainerThatFallsBehindLowerThem() {
    Effort effort = effort("1000000");
    for (int s = 0; s < 60; s++) {
      told(effort, 100 * s, 1000 * s);
    }

    assertThat(effort.draws()).isLessThan(MOST / 4);
  }

  @Test
  void theLargestLeadHoldsWithoutReportsToo() {
    Effort effort = effort("20000");
    told(effort, 1000, 100);

    for (int s = 0; s < 30; s++) {
      nowMs += 1000;
      reported.lag += 1000;
      effort.follow(nowMs);
    }

    assertThat(effort.waiting()).isTrue();
  }

  private void told(Effort effort, double trained, double lag) {
    nowMs += 1000;
    reported.fresh = true;
    reported.trained = trained;
    reported.lag = lag;
    effort.follow(nowMs);
  }

  private Effort effort(String maxLead) {
    return new Effort(
        SamplerHarness.config(
                "unused:1",
                "effort",
                "one",
                Map.of("sampler.draws.per.event", "auto", "sampler.max.lead", maxLead))
            .sampler(),
        reported);
  }

  /** What the test last said. */
  private static final class Reported implements Effort.Reports {
    private boolean fresh;
    private double trained;
    private double lag;

    @Override
    public boolean read() {
      boolean news = fresh;
      fresh = false;
      return news;
    }

    @Override
    public Standing standing() {
      return new Standing(trained, lag);
    }
  }
}
