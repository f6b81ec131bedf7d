package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.letters.LetterHeaders;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class OutsideValueTest {
  @Test
  void keyAndHeadersAreFieldsButWhatAReplayAddedIsNone() {
    ConsumerRecord<byte[], byte[]> event =
        new ConsumerRecord<>("events", 0, 7, "k1".getBytes(UTF_8), new byte[0]);
    event.headers().add("origin", "web".getBytes(UTF_8));
    event.headers().add(LetterHeaders.REPLAYS, "1".getBytes(UTF_8));
    event.headers().add("raw", new byte[] {(byte) 0xff});

    assertThat(OutsideValue.of(event))
        .containsOnlyKeys("key:", "header:origin")
        .containsEntry("key:", "k1")
        .containsEntry("header:origin", "web");
  }
}
