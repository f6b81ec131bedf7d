package dev.counterweight.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class ThinnedTest {

  @Property
  void keepsEvenlySpacedPointsTheFirstAndTheNewest(
      @ForAll @IntRange(min = 2, max = 9) int capacity,
      @ForAll @IntRange(min = 1, max = 300) int size) {
    Thinned<Integer> series = new Thinned<>(capacity);
    for (int i = 0; i < size; i++) {
      series.add(i);
    }
    List<Integer> points = series.points();
    assertThat(points).hasSizeLessThanOrEqualTo(capacity + 1).startsWith(0).endsWith(size - 1);
    if (size <= capacity) {
      assertThat(points).hasSize(size);
    } else {
      assertThat(points).hasSizeGreaterThan(capacity / 2);
      int stride = points.get(1);
      for (int i = 1; i < points.size() - 1; i++) {
        assertThat(points.get(i)).isEqualTo(i * stride);
      }
    }
  }
}
