package dev.counterweight.joiner;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.LabelsConfig;
import dev.counterweight.joining.Side;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.letters.ByteRate;
import dev.counterweight.letters.RefusedRecords;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.simulation.Place;
import dev.counterweight.simulation.StreamsProcess;
import dev.counterweight.simulation.SubTopology;
import dev.counterweight.streams.CommitStores;
import dev.counterweight.streams.InputOffsets;
import dev.counterweight.streams.Outgoing;
import dev.counterweight.streams.PolledPositions;
import dev.counterweight.streams.TaskProcessor;
import dev.counterweight.streams.TopicEnds;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.Record;

/**
 * A joiner's tasks in a simulated world: what {@link JoinerTopology} builds where both topics are
 * read as they are.
 */
public final class JoinerTasks {
  private static final int MOST_BYTES = 100_000;
  private static final long COMMIT_MS = 100;
  private static final TimestampExtractor TIMESTAMPS = JoinerTopology.timestamps();

  private JoinerTasks() {}

  /**
   * A joiner process.
   *
   * @param offsets by topic
   * @param ends as brokers tell them
   */
  public static StreamsProcess process(
      Place place,
      JobConfig config,
      int partitions,
      Function<String, InputOffsets> offsets,
      TopicEnds ends,
      MeterRegistry registry) {
    LabelsConfig labels = Objects.requireNonNull(config.labels());
    PolledPositions polled = new PolledPositions();
    Sides<InputOffsets> read =
        Sides.of(side -> offsets.apply(JoinSettings.of(labels, side).topic()));
    JoinSettings settings =
        new JoinSettings(
            config.topics(),
            labels,
            new Sides<>(
                new TopicSetup.Identity(new StreamIdentity("cluster", "user-events"), partitions),
                new TopicSetup.Identity(new StreamIdentity("cluster", "labels"), partitions)),
            read,
            Routing.of(labels, partitions, partitions),
            read, // nothing is routed
            ends,
            polled,
            Ending.NONE,
            new OwnJoins(),
            new RefusedRecords(
                config.topics().deadLetters(), MOST_BYTES, new ByteRate(0), place.time()),
            new JoinerMeters(
                registry, config.job(), labels.waitMs() + labels.graceMs(), place.time()));
    return new StreamsProcess(
        place,
        config.topics().groupOf("joiner"),
        List.of(joining(settings)),
        (schemas, budget) ->
            new SideIntake(labels, MOST_BYTES, Set.of(), schemas, budget, polled.share()),
        COMMIT_MS);
  }

  private static SubTopology<byte[], byte[], byte[], Outgoing> joining(JoinSettings settings) {
    Map<String, SubTopology.Rows<?, ?>> stores = new LinkedHashMap<>();
    stores.put(
        JoinerTopology.STORE,
        new SubTopology.Rows<>(Serdes.Bytes(), Serdes.ByteArray(), CommitStores::over));
    return new SubTopology<>(
        "join",
        List.of(settings.joinedTopic(Side.EVENTS), settings.joinedTopic(Side.LABELS)),
        partition -> joiner(settings),
        stores,
        JoinerTasks::read,
        SubTopology.Writing.outgoing(
            JoinTask.LABELLED, settings.names().labelled(), settings.names().deadLetters()));
  }

  private static Processor<byte[], byte[], byte[], Outgoing> joiner(JoinSettings settings) {
    return new TaskProcessor<>(context -> new JoinTask(settings, context));
  }

  private static Record<byte[], byte[]> read(ConsumerRecord<byte[], byte[]> record) {
    @SuppressWarnings("unchecked")
    ConsumerRecord<Object, Object> any = (ConsumerRecord<Object, Object>) (Object) record;
    return new Record<>(record.key(), record.value(), TIMESTAMPS.extract(any, 0), record.headers());
  }
}
