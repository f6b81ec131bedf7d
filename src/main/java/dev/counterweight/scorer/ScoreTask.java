package dev.counterweight.scorer;

import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.event.EventSchema;
import dev.counterweight.kafka.PollBudget;
import dev.counterweight.kafka.Records;
import dev.counterweight.letters.LetterHeaders;
import dev.counterweight.scorer.OwnScores.Outcome;
import dev.counterweight.serving.ServedModel;
import dev.counterweight.streams.Outgoing;
import dev.counterweight.streams.ReadStart;
import dev.counterweight.streams.TaskProcessor;
import java.lang.ref.WeakReference;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Scores the records of one partition, each by the model that answers when its turn comes: its
 * score, or its dead letter, stands in the transaction that commits its offset. Used by the task's
 * thread.
 */
final class ScoreTask implements TaskProcessor.Task<byte[], byte[]> {
  /** Names of the sinks. */
  static final String SCORES = "scores";

  static final String LETTERS = "letters";

  private static final Logger LOG = LoggerFactory.getLogger(ScoreTask.class);

  private final ScorerSettings settings;
  private final ProcessorContext<byte[], Outgoing> context;
  private final int partition;
  private final TopicPartition source;
  private final int keptValue;
  private final @Nullable Freshness freshness;

  /** Weak, so that a partition without records does not keep a model that was replaced. */
  private WeakReference<EventScorer> scorer = new WeakReference<>(null);

  ScoreTask(ScorerSettings settings, ProcessorContext<byte[], Outgoing> context) {
    this.settings = settings;
    this.context = context;
    this.partition = context.taskId().partition();
    this.source = new TopicPartition(settings.events().topic(), partition);
    this.keptValue = settings.events().keptBytes();
    this.freshness = settings.freshness();
    settings.own().reading().begin(source, start());
  }

  /** The offset that is gone on from: none below it is missed. */
  private long start() {
    ReadStart start =
        ReadStart.of(
            settings.offsets(),
            source,
            OptionalLong.empty(),
            settings.events().lost(),
            "scored",
            LOG);
    settings.metrics().lost(start.lost());
    return start.next();
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    RecordMetadata at = context.recordMetadata().orElseThrow();
    KeptRecord kept = KeptRecord.of(record.key(), record.value(), keptValue);
    try {
      EventScorer with = scorer();
      byte[] score = score(with, record, kept, at.offset());
      context.forward(
          new Record<>(
              record.key(),
              new Outgoing(partition, score),
              Math.max(0, record.timestamp()),
              record.headers()),
          SCORES);
      settings.metrics().scored(with.decision());
      settings.own().take(source, at.offset(), Outcome.SCORED);
      if (freshness != null) {
        freshness.scored(partition, at.offset(), record.timestamp());
      }
    } catch (EventRejectedException e) {
      refuse(record, kept, at, e);
    }
  }

  /** That of the model which answers now. */
  private EventScorer scorer() {
    ServedModel model = settings.models().current();
    if (model == null) {
      throw new IllegalStateException("scoring has begun without a model");
    }
    EventScorer with = scorer.get();
    if (with == null || with.model() != model) {
      with = new EventScorer(model, settings.events(), settings.schemas(), settings.reasons());
      scorer = new WeakReference<>(with);
    }
    return with;
  }

  private byte[] score(
      EventScorer with, Record<byte[], byte[]> record, KeptRecord kept, long offset)
      throws EventRejectedException {
    if (kept.keyTooLong()) {
      throw new EventRejectedException(
          Reason.TOO_LARGE,
          "the key is longer than the %d bytes that a key may have"
              .formatted(EventSchema.MOST_KEY_BYTES));
    }
    byte[] score =
        with.score(
            Records.event(kept.key(), kept.value(), record.headers(), record.timestamp()),
            partition,
            offset);
    long size = score.length + PollBudget.bytes(record.headers()) + kept.keyBytes();
    if (size > settings.mostBytes()) {
      throw new EventRejectedException(
          Reason.TOO_LARGE,
          "key, headers and score are %d bytes: must fit into %d (max.message.bytes of topic '%s', and kafka.max.request.size)"
              .formatted(size, settings.mostBytes(), settings.names().scores()));
    }
    return score;
  }

  private void refuse(
      Record<byte[], byte[]> record,
      KeptRecord kept,
      RecordMetadata at,
      EventRejectedException rejected) {
    if (!rejected.reason().deadLetter()) {
      settings.metrics().passedOver(rejected.reason());
      settings.own().take(source, at.offset(), Outcome.PASSED_OVER);
      return;
    }
    settings.metrics().refused(rejected.reason());
    settings.own().take(source, at.offset(), Outcome.REFUSED);
    settings.letters().letter(original(record, kept, at), rejected).ifPresent(this::send);
  }

  private static ConsumerRecord<byte[], byte[]> original(
      Record<byte[], byte[]> record, KeptRecord kept, RecordMetadata at) {
    return new ConsumerRecord<>(
        at.topic(),
        at.partition(),
        at.offset(),
        record.timestamp(),
        TimestampType.CREATE_TIME,
        kept.key() == null ? ConsumerRecord.NULL_SIZE : kept.keyBytes(),
        kept.value() == null ? ConsumerRecord.NULL_SIZE : kept.valueBytes(),
        kept.key(),
        kept.value(),
        new RecordHeaders(record.headers()),
        Optional.empty());
  }

  private void send(ProducerRecord<byte[], byte[]> letter) {
    if (settings.shared()) {
      LetterHeaders.put(letter.headers(), LetterHeaders.UNSCORED, "true");
    }
    context.forward(
        new Record<>(
            letter.key(),
            new Outgoing(0, letter.value()),
            context.currentSystemTimeMs(),
            letter.headers()),
        LETTERS);
  }

  @Override
  public void close() {
    scorer.clear();
  }
}
