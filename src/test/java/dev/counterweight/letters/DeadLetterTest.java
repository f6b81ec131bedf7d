package dev.counterweight.letters;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.letters.DeadLetter.Fate;
import dev.counterweight.letters.DeadLetter.Origin;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.Test;

class DeadLetterTest {
  private final ConsumerRecord<byte[], byte[]> record =
      new ConsumerRecord<>("fraud.dead-letters", 0, 7, new byte[] {1}, new byte[] {2, -1});

  @Test
  void theEventComesBackAsItWas() {
    own("trace", "a");
    own("trace", "b");
    own("cw.reason", "of an earlier job");
    own("__connect.errors.topic", "elsewhere");
    letter();

    ProducerRecord<byte[], byte[]> event = DeadLetter.of(record).event(Map.of("events", 4));

    assertThat(event.topic()).isEqualTo("events");
    assertThat(event.partition()).isEqualTo(3);
    assertThat(event.timestamp()).isEqualTo(1234);
    assertThat(event.key()).isSameAs(record.key());
    assertThat(event.value()).isSameAs(record.value());
    assertThat(Arrays.stream(event.headers().toArray()).map(DeadLetterTest::told))
        .containsExactly(
            "trace=a",
            "trace=b",
            "cw.reason=of an earlier job",
            "__connect.errors.topic=elsewhere",
            "cw.replays=1");
  }

  @Test
  void replaysAreCountedUpToThree() {
    own("cw.replays", "2");
    letter();
    DeadLetter letter = DeadLetter.of(record);
    assertThat(letter.fate(Set.of("events"))).isEqualTo(Fate.FIT);
    assertThat(LetterHeaders.text(letter.event(Map.of("events", 4)).headers(), "cw.replays"))
        .contains("3");
    assertThat(letter.event(Map.of("events", 4)).headers().headers("cw.replays")).hasSize(1);

    put("cw.replays", "3");
    assertThat(DeadLetter.of(record).fate(Set.of("events"))).isEqualTo(Fate.SPENT);
    put("cw.replays", "many");
    assertThat(DeadLetter.of(record).fate(Set.of("events"))).as("may be any").isEqualTo(Fate.SPENT);
  }

  @Test
  void whatTheScorerRefusedBesideOtherRolesIsNotPublishedAgain() {
    letter();
    put("cw.unscored", "true");

    assertThat(DeadLetter.of(record).fate(Set.of("events"))).isEqualTo(Fate.UNSCORED);
  }

  @Test
  void anEventRefusedForAFeatureBearsThatItWasCounted() {
    letter();
    assertThat(DeadLetter.of(record).event(Map.of("events", 4)).headers().lastHeader("cw.counted"))
        .as("its label could not be read")
        .isNull();
    put("cw.reason", "bad_feature");
    assertThat(DeadLetter.of(record).event(Map.of("events", 4)).headers().headers("cw.counted"))
        .hasSize(1);
    put("cw.reason", "malformed");
    put("cw.counted", "true");
    assertThat(DeadLetter.of(record).event(Map.of("events", 4)).headers().headers("cw.counted"))
        .as("its features are no text")
        .hasSize(1);

    ConsumerRecord<byte[], byte[]> again =
        new ConsumerRecord<>("fraud.dead-letters", 0, 8, null, new byte[0]);
    LetterHeaders.put(again.headers(), "cw.counted", "true");
    record.headers().forEach(again.headers()::add);
    assertThat(DeadLetter.of(again).event(Map.of("events", 4)).headers().headers("cw.counted"))
        .hasSize(1);
  }

  @Test
  void whatIsNotWholeOrOfAnotherTopicIsNotPublished() {
    letter();
    assertThat(DeadLetter.of(record).fate(Set.of("others"))).isEqualTo(Fate.FOREIGN);
    put("cw.truncated", "value of 5000000 bytes");
    assertThat(DeadLetter.of(record).fate(Set.of("events"))).isEqualTo(Fate.TRUNCATED);
  }

  @Test
  void anEventFromAQueueOfDeadLettersIsNotCutBecauseItWasThere() {
    own("cw.error", "of an earlier job");
    own("cw.truncated", "value of 5000000 bytes");
    letter();
    assertThat(DeadLetter.of(record).fate(Set.of("events"))).isEqualTo(Fate.FIT);
    put("cw.truncated", "key of 70000 bytes");
    assertThat(DeadLetter.of(record).fate(Set.of("events"))).isEqualTo(Fate.TRUNCATED);
  }

  @Test
  void aRecordOfAnybodysIsALetterWithoutAnOrigin() {
    DeadLetter letter = DeadLetter.of(record);
    assertThat(letter.origin()).isNull();
    assertThat(letter.reason()).isEqualTo("none");
    assertThat(letter.fate(Set.of("events"))).isEqualTo(Fate.FOREIGN);

    letter();
    put("cw.partition", "-1");
    assertThat(DeadLetter.of(record).origin()).isNull();
    put("cw.partition", "3");
    assertThat(DeadLetter.of(record).origin()).isEqualTo(new Origin("events", 3, 42, 1234));
    put("cw.reason", "\u001b[2J");
    assertThat(DeadLetter.of(record).reason()).isEqualTo("none");
    record.headers().add("cw.reason", null);
    assertThat(DeadLetter.of(record).reason()).isEqualTo("none");
  }

  @Test
  void anEventWithoutATimeOrWithAPartitionThatIsGoneHasNone() {
    letter();
    put("cw.timestamp", "-1");
    ProducerRecord<byte[], byte[]> event = DeadLetter.of(record).event(Map.of("events", 3));
    assertThat(event.timestamp()).isNull();
    assertThat(event.partition()).as("by key then").isNull();
  }

  @Test
  void aLetterGoesBackToTheTopicThatItCameFrom() {
    own("cw.label", "fraud");
    own("cw.origin.offset", "9");
    letter();
    put("cw.topic", "fraud.labelled");
    DeadLetter letter = DeadLetter.of(record);
    Map<String, Integer> topics = Map.of("events", 1, "outcomes", 2, "fraud.labelled", 4);

    assertThat(letter.fate(topics.keySet())).isEqualTo(Fate.FIT);
    ProducerRecord<byte[], byte[]> event = letter.event(topics);
    assertThat(event.topic()).isEqualTo("fraud.labelled");
    assertThat(event.partition()).as("which is there, whatever others have").isEqualTo(3);
    assertThat(Arrays.stream(event.headers().toArray()).map(DeadLetterTest::told))
        .containsExactly("cw.label=fraud", "cw.origin.offset=9", "cw.replays=1");
    assertThatThrownBy(() -> letter.event(Map.of("events", 4)))
        .isInstanceOf(IllegalStateException.class);
  }

  private void letter() {
    put("cw.error", "label 'maybe'");
    put("cw.reason", "unknown_label");
    put("cw.topic", "events");
    put("cw.partition", "3");
    put("cw.offset", "42");
    put("cw.timestamp", "1234");
    put("__connect.errors.topic", "events");
  }

  private void own(String name, String value) {
    put(name, value);
  }

  private void put(String name, String value) {
    LetterHeaders.put(record.headers(), name, value);
  }

  private static String told(Header header) {
    return header.key() + "=" + new String(header.value(), UTF_8);
  }
}
