package dev.counterweight.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ShownTest {
  @Test
  void bytesAreTextWhereTheyCanBeRead() {
    assertThat(Shown.bytes("{\"a\":\"é\"}".getBytes(UTF_8))).isEqualTo("{\"a\":\"é\"}");
    assertThat(Shown.bytes(new byte[0])).isEmpty();
    assertThat(Shown.bytes("a\r\n\tb\u202e".getBytes(UTF_8)))
        .isEqualTo("a\\u000d\\u000a\\u0009b\\u202e");
    String text = Shown.bytes(("x" + "é".repeat(2_000)).getBytes(UTF_8));
    assertThat(text).startsWith("xé").endsWith("é… (4,001 bytes in all)").hasSizeLessThan(600);
  }

  @Test
  void otherBytesAreHexadecimalDigits() {
    assertThat(Shown.bytes(new byte[] {0, 'a', (byte) 0xff})).isEqualTo("0x 00 61 ff");
    assertThat(Shown.bytes(new byte[] {'a', (byte) 0xc3})).isEqualTo("0x 61 c3");
    assertThat(Shown.bytes("\u001b[2J".getBytes(UTF_8))).isEqualTo("0x 1b 5b 32 4a");
    assertThat(Shown.bytes(new byte[5_000])).endsWith("00… (5,000 bytes in all)").hasSize(216);
  }
}
