package dev.counterweight.learning;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ArithmeticTest {
  @Test
  void namesWhatDecidesHowNumbersAreRounded() {
    assertThat(
            Arithmetic.described(
                "amd64",
                List.of("vendor_id\t: GenuineIntel", "flags\t\t: sse2 fma avx2 avx512f ht avx"),
                "2.7.1",
                Map.of("MKL_CBWR", "AUTO", "ONEDNN_MAX_CPU_ISA", "AVX2", "HOME", "/root")))
        .isEqualTo(
            "amd64 GenuineIntel avx avx2 avx512f fma; libtorch 2.7.1; MKL_CBWR=AUTO;"
                + " ONEDNN_MAX_CPU_ISA=AVX2");
  }

  @Test
  void saysLessWhereTheSystemTellsLess() {
    assertThat(Arithmetic.described("aarch64", List.of(), "2.7.1", Map.of()))
        .isEqualTo("aarch64; libtorch 2.7.1");
    assertThat(Arithmetic.here()).startsWith(System.getProperty("os.arch"));
  }
}
