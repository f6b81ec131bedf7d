package dev.counterweight.judge;

import dev.counterweight.kafka.PollBudget;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.streams.BufferDeserializer;
import dev.counterweight.streams.Intake;
import dev.counterweight.streams.PassedOffsets;
import dev.counterweight.streams.PolledPositions;
import java.nio.ByteBuffer;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Reads scores and labels while a consumer takes them in: what Kafka Streams is handed for their
 * values is a {@link JudgeRecord}, and no key. Records of other topics stay as they are. Used by
 * the thread of one consumer.
 *
 * @param routed whether labels are written again before they are judged by
 * @param positions learns how far this consumer is
 */
record JudgeIntake(
    JudgeReader reader,
    String scores,
    String labelled,
    boolean routed,
    PollBudget budget,
    PolledPositions.Share positions)
    implements Intake {
  /** What a poll holds of a record beside its headers and value. */
  private static final int AROUND = 128;

  @Override
  public BufferDeserializer keys() {
    return (topic, headers, key) -> ours(topic) ? null : whole(headers, key);
  }

  @Override
  public BufferDeserializer values() {
    return (topic, headers, value) -> {
      if (!ours(topic)) {
        return whole(headers, value);
      }
      byte[] read = topic.equals(scores) ? reader.score(value) : reader.label(headers);
      budget.take(headers, read.length + AROUND);
      return read;
    };
  }

  private boolean ours(String topic) {
    return topic.equals(scores) || topic.equals(labelled);
  }

  private byte @Nullable [] whole(Headers headers, @Nullable ByteBuffer bytes) {
    budget.take(headers, bytes == null ? 0 : bytes.remaining());
    return Utils.toNullableArray(bytes);
  }

  @Override
  public ConsumerRecords<byte[], byte[]> polled(
      ConsumerRecords<byte[], byte[]> records, Reading reading) {
    requireAppended(records.records(scores));
    requireAppended(records.records(labelled));
    positions.polled(records, reading);
    return routed ? PassedOffsets.add(records, Set.of(labelled), JudgeRecord.position()) : records;
  }

  /** Which of both was first only one clock can tell. */
  private static void requireAppended(Iterable<ConsumerRecord<byte[], byte[]>> records) {
    for (ConsumerRecord<byte[], byte[]> record : records) {
      if (record.timestampType() != TimestampType.LOG_APPEND_TIME) {
        throw new FailureException(
            "topic '%s' has records that are stamped by who wrote them: it must have message.timestamp.type=LogAppendTime, or nothing tells which labels came before their scores"
                .formatted(record.topic()));
      }
    }
  }
}
