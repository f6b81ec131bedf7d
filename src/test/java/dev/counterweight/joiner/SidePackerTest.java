package dev.counterweight.joiner;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.kafka.ReceivedRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SidePackerTest {
  private static final TopicPartition EVENTS = new TopicPartition("events", 3);
  private static final TopicPartition LABELS = new TopicPartition("labels", 3);
  private static final TopicPartition OTHER = new TopicPartition("other", 3);
  private static final byte[] KEY = "k".getBytes(UTF_8);
  private static final byte[] REFUSED =
      SideRecord.refused(new EventRejectedException(Reason.MALFORMED, "no"), 1, 2, new byte[] {7});

  private final SidePacker packer = new SidePacker(Map.of("events", 100L, "labels", 100L));

  private static ConsumerRecord<byte[], byte[]> record(
      TopicPartition of, long offset, byte @Nullable [] key, byte @Nullable [] value) {
    return ReceivedRecord.of(of, offset, 5_000, key, value, new RecordHeaders());
  }

  private static byte[] event(long timeMs, byte @Nullable [] joinKey, String value) {
    HeldBody body = new HeldBody(KEY, joinKey == null, new RecordHeaders(), value.getBytes(UTF_8));
    return SideRecord.event(timeMs, joinKey, body);
  }

  private List<String> packed(TopicPartition of, List<ConsumerRecord<byte[], byte[]>> records) {
    ConsumerRecords<byte[], byte[]> packed =
        packer.pack(
            new ConsumerRecords<>(Map.of(of, records), Map.of(of, new OffsetAndMetadata(99))));
    assertThat(packed.nextOffsets()).containsOnlyKeys(of);
    List<String> shown = new ArrayList<>();
    packed.records(of).forEach(record -> shown.add(shown(record)));
    return shown;
  }

  private static String shown(ConsumerRecord<byte[], byte[]> record) {
    if (!SideChunk.is(record.value())) {
      return record.offset() + " alone";
    }
    StringBuilder shown = new StringBuilder().append(record.offset()).append(':');
    SideChunk chunk = SideChunk.of(record.value());
    long firstMs = SideChunk.firstMs(record.value());
    boolean first = true;
    while (chunk.next()) {
      assertThat(!first || chunk.timeMs() == firstMs).isTrue();
      first = false;
      byte[] key = chunk.joinKey();
      shown.append(' ').append(chunk.offset()).append('@').append(chunk.timeMs());
      shown.append('/').append(new String(key, UTF_8)).append('=');
      shown.append(
          chunk.body().length == 0
              ? chunk.label()
              : new String(HeldBody.of(chunk.body(), key).value(), UTF_8));
    }
    return shown.toString();
  }

  @Test
  void eventsComeAsTheyWereReadAndAtTheOffsetOfTheFirst() {
    assertThat(
            packed(
                EVENTS,
                List.of(
                    record(EVENTS, 7, KEY, event(1_000, null, "a")),
                    record(EVENTS, 9, KEY, event(900, "join".getBytes(UTF_8), "bb")),
                    record(EVENTS, 10, null, event(SideRecord.OF_RECORD, KEY, "")))))
        .containsExactly("7: 7@1000/k=a 9@900/join=bb 10@5000/k=");
  }

  @Test
  void labelsComeAsTheyWereRead() {
    assertThat(
            packed(
                LABELS,
                List.of(
                    record(LABELS, 1, KEY, SideRecord.label(1_000, 2, null, KEY)),
                    record(LABELS, 2, KEY, SideRecord.label(SideRecord.OF_RECORD, 0, KEY, KEY)))))
        .containsExactly("1: 1@1000/k=2 2@5000/k=0");
  }

  @Test
  void whatIsNeitherOrHasNoTimeThatCountsStandsAloneAndInItsPlace() {
    assertThat(
            packed(
                EVENTS,
                List.of(
                    record(EVENTS, 1, KEY, REFUSED),
                    record(EVENTS, 2, KEY, event(1_000, null, "a")),
                    record(EVENTS, 3, KEY, null),
                    record(EVENTS, 4, KEY, SideRecord.unlabelled()),
                    record(EVENTS, 5, KEY, event(1_000, null, "b")),
                    record(EVENTS, 6, KEY, event(99, null, "c")),
                    record(EVENTS, 7, KEY, event(100, null, "d")))))
        .containsExactly(
            "1 alone",
            "2: 2@1000/k=a",
            "3 alone",
            "4 alone",
            "5: 5@1000/k=b",
            "6 alone",
            "7: 7@100/k=d");
  }

  @Test
  void chunksAreBounded() {
    List<ConsumerRecord<byte[], byte[]>> many = new ArrayList<>();
    for (int i = 0; i < 2 * SidePacker.MOST; i++) {
      many.add(record(EVENTS, i, KEY, event(1_000, null, "a")));
    }
    assertThat(packed(EVENTS, many)).hasSize(2);
    String large = "x".repeat(40_000);
    assertThat(
            packed(
                EVENTS,
                List.of(
                    record(EVENTS, 1, KEY, event(1_000, null, large)),
                    record(EVENTS, 2, KEY, event(1_000, null, large)),
                    record(EVENTS, 3, KEY, event(1_000, null, large)))))
        .hasSize(2);
  }

  @Test
  void otherTopicsStayAsTheyAre() {
    assertThat(packed(OTHER, List.of(record(OTHER, 4, KEY, KEY)))).containsExactly("4 alone");
  }
}
