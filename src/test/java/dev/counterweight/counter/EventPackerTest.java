package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventSchema;
import dev.counterweight.kafka.ReceivedRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class EventPackerTest {
  private static final TopicPartition EVENTS = new TopicPartition("events", 3);
  private static final TopicPartition OTHER = new TopicPartition("partials", 0);

  private final EventPacker packer = new EventPacker("events", 0);
  private final ReadEvents read =
      new ReadEvents(
          new EventsConfig(
              "events",
              EventFormat.CSV,
              EventsConfig.Start.EARLIEST,
              new EventSchema(List.of("a"), "label", List.of("ok", "fraud"), null, null),
              0,
              1 << 20,
              EventsConfig.Lost.FAIL));

  @Test
  void aChunkHasTheOffsetOfItsFirstEventAndEachEventItsOwn() {
    Map<TopicPartition, OffsetAndMetadata> next = Map.of(EVENTS, new OffsetAndMetadata(12));

    ConsumerRecords<byte[], byte[]> packed =
        packer.pack(
            new ConsumerRecords<>(
                Map.of(
                    EVENTS,
                    List.of(
                        record(EVENTS, 5, "1,fraud"),
                        record(EVENTS, 7, "1,maybe"),
                        record(EVENTS, 10, "1,ok"))),
                next),
            partition -> false);

    assertThat(packed.nextOffsets()).isEqualTo(next);
    ConsumerRecord<byte[], byte[]> only = packed.records(EVENTS).get(0);
    assertThat(only.offset()).as("committed while the chunk waits").isEqualTo(5);
    EventChunk chunk = EventChunk.of(only.value());
    assertThat(IntStream.range(0, chunk.events()).mapToLong(chunk::offset))
        .containsExactly(5L, 7L, 10L);
    assertThat(IntStream.range(0, chunk.events()).map(chunk::label))
        .containsExactly(1, EventChunk.UNREADABLE, 0);
    assertThat(chunk.timeMs(2)).isEqualTo(1_010);
    assertThat(chunk.importance(2)).isEqualTo(1);
  }

  @Test
  void aLargePollBecomesSeveralChunks() {
    List<ConsumerRecord<byte[], byte[]>> many =
        IntStream.range(0, EventChunk.MOST + 1).mapToObj(i -> record(EVENTS, i, "1,ok")).toList();

    List<ConsumerRecord<byte[], byte[]>> chunks =
        packer
            .pack(new ConsumerRecords<>(Map.of(EVENTS, many), Map.of()), partition -> false)
            .records(EVENTS);

    assertThat(chunks).extracting(ConsumerRecord::offset).containsExactly(0L, 4_096L);
    assertThat(EventChunk.of(chunks.get(1).value()).events()).isEqualTo(1);
    assertThat(EventChunk.of(chunks.get(1).value()).newest()).isTrue();
    assertThat(EventChunk.of(chunks.get(0).value()).newest()).as("one follows").isFalse();
  }

  @Test
  void aChunkIsNotTheNewestWhereItsPartitionHasMoreToRead() {
    TopicPartition behind = new TopicPartition("events", 4);

    ConsumerRecords<byte[], byte[]> packed =
        packer.pack(
            new ConsumerRecords<>(
                Map.of(
                    EVENTS,
                    List.of(record(EVENTS, 0, "1,ok")),
                    behind,
                    List.of(record(behind, 0, "1,ok"))),
                Map.of()),
            behind::equals);

    assertThat(EventChunk.of(packed.records(EVENTS).get(0).value()).newest()).isTrue();
    EventChunk notNewest = EventChunk.of(packed.records(behind).get(0).value());
    assertThat(notNewest.newest()).isFalse();
    assertThat(notNewest.events()).isEqualTo(1);
  }

  @Test
  void recordsOfOtherTopicsStayAsTheyAre() {
    ConsumerRecord<byte[], byte[]> partial = record(OTHER, 1, "partial");

    assertThat(
            packer
                .pack(
                    new ConsumerRecords<>(Map.of(OTHER, List.of(partial)), Map.of()),
                    partition -> false)
                .records(OTHER))
        .containsExactly(partial);
  }

  private ConsumerRecord<byte[], byte[]> record(
      TopicPartition partition, long offset, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    return read.of(List.of(ReceivedRecord.of(partition, offset, 1_000 + offset, bytes))).get(0);
  }
}
