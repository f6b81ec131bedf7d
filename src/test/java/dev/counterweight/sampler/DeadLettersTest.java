package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.kafka.PollBudget;
import dev.counterweight.letters.ByteRate;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DeadLettersTest {
  private final DeadLetters letters =
      new DeadLetters("fraud.dead-letters", 20_000, new ByteRate(0));

  @Test
  void originalBytesAndOriginAreKept() {
    byte[] key = {1};
    byte[] value = {2, 3};
    ProducerRecord<byte[], byte[]> letter = letter(key, value, "feature 'x' is NaN");
    assertThat(letter.topic()).isEqualTo("fraud.dead-letters");
    assertThat(letter.key()).isEqualTo(key);
    assertThat(letter.value()).isEqualTo(value);
    assertThat(header(letter, "cw.error")).isEqualTo("feature 'x' is NaN");
    assertThat(header(letter, "cw.reason")).isEqualTo("bad_feature");
    assertThat(header(letter, "cw.topic")).isEqualTo("events");
    assertThat(header(letter, "cw.partition")).isEqualTo("3");
    assertThat(header(letter, "cw.offset")).isEqualTo("42");
    assertThat(header(letter, "cw.timestamp")).isNotEmpty();
    assertThat(header(letter, "cw.truncated")).isNull();
  }

  @Test
  void whatIsTooLongIsCutShortAndSaidSo() {
    ProducerRecord<byte[], byte[]> letter =
        letter(new byte[30_000], new byte[50_000], "x".repeat(5000));
    assertThat(letter.key().length + letter.value().length).isLessThanOrEqualTo(20_000);
    assertThat(header(letter, "cw.truncated"))
        .isEqualTo("key of 30000 bytes, value of 50000 bytes");
    assertThat(header(letter, "cw.error")).hasSizeLessThan(1100);
  }

  @Test
  void absentKeyAndValueStayAbsent() {
    ProducerRecord<byte[], byte[]> letter = letter(null, null, "empty");
    assertThat(letter.key()).isNull();
    assertThat(letter.value()).isNull();
  }

  @Test
  void manyBytesWaitingAskForACut() {
    for (int i = 0; i < 3; i++) {
      add(null, new byte[15_000], "bad");
    }
    assertThat(letters.full()).isFalse();
    add(null, new byte[15_000], "bad");
    assertThat(letters.full()).isTrue();
    letters.clear();
    assertThat(letters.full()).isFalse();
    assertThat(letters.waitingBytes()).isZero();
  }

  @Test
  void theEventsOwnHeadersAreKeptUnlessTheyAreLong() {
    ConsumerRecord<byte[], byte[]> event =
        new ConsumerRecord<>("events", 3, 42, new byte[] {1}, new byte[] {2});
    event.headers().add("trace", new byte[] {7}).add("cw.reason", new byte[] {8});
    ProducerRecord<byte[], byte[]> kept = letter(event);
    assertThat(kept.headers().lastHeader("trace").value()).containsExactly(7);
    assertThat(header(kept, "cw.reason")).as("ours is the last").isEqualTo("bad_feature");

    event.headers().add("long", new byte[30_000]);
    ProducerRecord<byte[], byte[]> dropped = letter(event);
    assertThat(dropped.headers().lastHeader("trace")).isNull();
    assertThat(header(dropped, "cw.truncated")).startsWith("headers of 30");
  }

  @Test
  void itSaysTheSameUnderTheNamesThatKafkaConnectWrites() {
    ProducerRecord<byte[], byte[]> letter = letter(null, new byte[] {2}, "feature 'x' is NaN");

    assertThat(header(letter, "__connect.errors.topic")).isEqualTo("events");
    assertThat(header(letter, "__connect.errors.partition")).isEqualTo("3");
    assertThat(header(letter, "__connect.errors.offset")).isEqualTo("42");
    assertThat(header(letter, "__connect.errors.stage")).isEqualTo("VALUE_CONVERTER");
    assertThat(header(letter, "__connect.errors.exception.class.name"))
        .isEqualTo(EventRejectedException.class.getName());
    assertThat(header(letter, "__connect.errors.exception.message"))
        .isEqualTo("feature 'x' is NaN");
    assertThat(letter.headers()).extracting(Header::key).first().isEqualTo("cw.error");
  }

  @Test
  void howOftenAnEventWasReplayedStaysWithItWhateverElseIsLeftOut() {
    ConsumerRecord<byte[], byte[]> event = event(new byte[] {2});
    event.headers().add("cw.replays", new byte[] {'2'});
    assertThat(header(letter(event), "cw.replays")).isEqualTo("2");

    event.headers().add("long", new byte[30_000]);
    ProducerRecord<byte[], byte[]> dropped = letter(event);
    assertThat(dropped.headers().lastHeader("long")).isNull();
    assertThat(header(dropped, "cw.replays")).isEqualTo("2");
  }

  @Test
  void aLetterFitsItsTopicWhateverItsEventCallsACountOfReplays() {
    ConsumerRecord<byte[], byte[]> event = event(new byte[] {2});
    event.headers().add("cw.replays", "9".repeat(1_000_000).getBytes(StandardCharsets.UTF_8));
    assertThat(PollBudget.bytes(letter(event).headers())).isLessThan(20_000);
  }

  @Test
  void moreThanMayGoOutIsCountedAndToldInTheNextOne() {
    DeadLetters few = new DeadLetters("fraud.dead-letters", 20_000, new ByteRate(10_000));
    for (int i = 0; i < 20; i++) {
      few.add(event(new byte[10_000]), rejected(), false);
    }
    int sent = few.drain(0).size();
    assertThat(sent).as("of 10 KB each, what was saved in ten seconds").isEqualTo(10);
    few.add(event(new byte[10_000]), rejected(), false);
    assertThat(few.drain(50)).isEmpty();
    few.add(event(new byte[10_000]), rejected(), false);
    List<ProducerRecord<byte[], byte[]>> later = few.drain(60_000);
    assertThat(later).hasSize(1);
    assertThat(header(later.get(0), "cw.omitted")).isEqualTo("11");
  }

  @Test
  void lettersOfATransactionThatWasAbortedAreNotChargedTwice() {
    DeadLetters few = new DeadLetters("fraud.dead-letters", 20_000, new ByteRate(10_000));
    for (int i = 0; i < 5; i++) {
      few.add(event(new byte[10_000]), rejected(), false);
    }
    few.drain(0);
    DeadLetters.Mark committed = few.mark();
    for (int attempt = 0; attempt < 3; attempt++) {
      for (int i = 0; i < 15; i++) {
        few.add(event(new byte[10_000]), rejected(), false);
      }
      assertThat(few.drain(0)).as("of the ten that may go out").hasSize(5);
      few.backTo(committed);
    }
    for (int i = 0; i < 15; i++) {
      few.add(event(new byte[10_000]), rejected(), false);
    }
    few.drain(0);
    few.add(event(new byte[10_000]), rejected(), false);
    List<ProducerRecord<byte[], byte[]>> later = few.drain(60_000);
    assertThat(header(later.get(0), "cw.omitted")).as("those of the last attempt").isEqualTo("10");
  }

  private static ConsumerRecord<byte[], byte[]> event(byte[] value) {
    return new ConsumerRecord<>("events", 3, 42, null, value);
  }

  private static EventRejectedException rejected() {
    return new EventRejectedException(Reason.BAD_FEATURE, "bad");
  }

  private ProducerRecord<byte[], byte[]> letter(ConsumerRecord<byte[], byte[]> event) {
    letters.add(event, rejected(), false);
    return letters.drain(0).get(0);
  }

  private ProducerRecord<byte[], byte[]> letter(
      byte @Nullable [] key, byte @Nullable [] value, String message) {
    add(key, value, message);
    List<ProducerRecord<byte[], byte[]>> sent = new ArrayList<>();
    sent.addAll(letters.drain(0));
    assertThat(letters.waitingBytes()).isZero();
    assertThat(sent).hasSize(1);
    return sent.get(0);
  }

  private void add(byte @Nullable [] key, byte @Nullable [] value, String message) {
    letters.add(
        new ConsumerRecord<>("events", 3, 42, key, value),
        new EventRejectedException(Reason.BAD_FEATURE, message),
        false);
  }

  private static @Nullable String header(ProducerRecord<byte[], byte[]> letter, String name) {
    Header header = letter.headers().lastHeader(name);
    return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
  }
}
