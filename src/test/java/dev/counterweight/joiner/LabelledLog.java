package dev.counterweight.joiner;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.joiner.JoinRecount.Written;
import dev.counterweight.kafka.KafkaClients;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * What a joiner has written of a {@link PublishedStream}, read committed, each record held to the
 * event that it is of. Not thread-safe.
 */
public final class LabelledLog implements AutoCloseable {
  private static final Written[] NONE = {};

  private final PublishedStream published;
  private final String topic;
  private final Consumer<byte[], byte[]> consumer;
  private final Written[][] written;
  private long records;

  public LabelledLog(KafkaClients clients, String topic, PublishedStream published) {
    this.published = published;
    this.topic = topic;
    this.consumer = clients.consumer("labelled-log", Map.of("max.poll.records", 20_000));
    this.written = new Written[published.stream().events().size()][];
    Arrays.fill(written, NONE);
  }

  /** Records so far, after another look of at most this long. */
  public long records(Duration look) {
    if (consumer.assignment().isEmpty() && !assign()) {
      return 0;
    }
    consumer.poll(look).forEach(this::take);
    return records;
  }

  /** Every event has left exactly once, with the right label, and been corrected as it should. */
  public void assertAsRecounted(JoinRecount recount) {
    for (int event = 0; event < written.length; event++) {
      if (!recount.of(event).equals(List.of(written[event]))) {
        assertThat(written[event])
            .as("event %d: %s", event, published.stream().events().get(event))
            .containsExactlyElementsOf(recount.of(event));
      }
    }
  }

  /** Events of which there is a record. */
  public long events() {
    return Arrays.stream(written).filter(w -> w.length > 0).count();
  }

  /** The records of an event, in order. */
  public List<Written> of(int event) {
    return List.of(written[event]);
  }

  @Override
  public void close() {
    consumer.close();
  }

  private boolean assign() {
    if (!consumer.listTopics().containsKey(topic)) {
      return false;
    }
    List<TopicPartition> all =
        consumer.partitionsFor(topic).stream()
            .map(p -> new TopicPartition(topic, p.partition()))
            .toList();
    consumer.assign(all);
    consumer.seekToBeginning(all);
    return !all.isEmpty();
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    int event = Integer.parseInt(header(record, PublishedStream.OWN_HEADER));
    assertThat(record.value()).isEqualTo(published.value(event));
    assertThat(record.key()).isEqualTo(published.key(event));
    assertThat(header(record, "cw.event.time"))
        .isEqualTo(Long.toString(published.stream().events().get(event).timeMs()));
    long origin = published.origins()[event];
    assertThat(header(record, "cw.origin.partition"))
        .isEqualTo(Long.toString(origin % PublishedStream.PARTITIONS_MAX));
    assertThat(header(record, "cw.origin.offset"))
        .isEqualTo(Long.toString(origin / PublishedStream.PARTITIONS_MAX));
    Written now =
        new Written(
            label(header(record, "cw.label")),
            Long.parseLong(header(record, "cw.waited.ms")),
            record.headers().lastHeader("cw.replaces") == null
                ? -1
                : label(header(record, "cw.replaces")));
    Written[] before = Objects.requireNonNull(written[event]);
    written[event] = Arrays.copyOf(before, before.length + 1);
    written[event][before.length] = now;
    records++;
  }

  private int label(@Nullable String name) {
    int label = published.classes().indexOf(name);
    assertThat(label).as("class '%s'", name).isNotNegative();
    return label;
  }

  /** The only header of a name. */
  private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    var all = record.headers().headers(name).iterator();
    assertThat(all.hasNext()).as("header %s of %s", name, record).isTrue();
    String value = new String(all.next().value(), UTF_8);
    assertThat(all.hasNext()).as("header %s twice", name).isFalse();
    return value;
  }
}
