package dev.counterweight.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CandidateNamesTest {

  @Test
  void theGuestIsTheLast() {
    Candidates all = new Candidates(2, true, true);

    assertThat(told(all, all::name))
        .containsExactly("rate.0", "rate.1", "average.0", "average.1", "linear");
    assertThat(told(all, all::prefix))
        .containsExactly("rate.0.", "rate.1.", "average.0.", "average.1.", "average.linear.");
    assertThat(all.prefixes())
        .containsExactly(
            "rate.0.", "rate.1.", "linear.", "average.0.", "average.1.", "average.linear.");
    assertThat(all.networks()).isEqualTo(3);
    assertThat(all.ofNetwork(2)).isEqualTo("linear.");
    assertThat(all.ofAverage(2)).isEqualTo("average.linear.");
    assertThat(all.hosts()).isEqualTo(new Candidates(2, true, false));
  }

  @Test
  void withoutAveragesTheGuestItselfIsServed() {
    Candidates all = new Candidates(2, false, true);

    assertThat(told(all, all::prefix)).containsExactly("rate.0.", "rate.1.", "linear.");
  }

  @Test
  void aNetworkByItselfHasNoPrefixAndNoGuest() {
    assertThat(told(Candidates.ONE, Candidates.ONE::prefix)).containsExactly("");
    assertThat(Candidates.ONE.prefixes()).containsExactly("");
    assertThatThrownBy(() -> new Candidates(1, false, true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a guest beside a network by itself");
  }

  private static List<String> told(Candidates all, IntFunction<String> what) {
    return IntStream.range(0, all.count()).mapToObj(what).toList();
  }
}
