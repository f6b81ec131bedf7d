package dev.counterweight.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;

class CausesTest {
  private final Exception inner = new IOException("inner");
  private final TimeoutException middle = new TimeoutException("middle", inner);
  private final KafkaException outer = new KafkaException("outer", middle);

  @Test
  void anErrorsCausesBeginWithItselfAndEndWithTheInnermost() {
    assertThat(Causes.of(outer)).containsExactly(outer, middle, inner);
    assertThat(Causes.root(outer)).isSameAs(inner);
    assertThat(Causes.root(inner)).isSameAs(inner);
  }

  @Test
  void theOutermostOfATypeIsFound() {
    assertThat(Causes.first(KafkaException.class, outer)).containsSame(outer);
    assertThat(Causes.first(TimeoutException.class, outer)).containsSame(middle);
    assertThat(Causes.any(IOException.class, outer)).isTrue();
    assertThat(Causes.any(IllegalStateException.class, outer)).isFalse();
  }

  @Test
  void noErrorHasNoCauses() {
    assertThat(Causes.of(null)).isEmpty();
    assertThat(Causes.any(Throwable.class, null)).isFalse();
  }
}
