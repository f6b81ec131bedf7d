package dev.counterweight.quality;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.config.JobConfig;
import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.Mutations;
import dev.counterweight.event.Purchase;
import dev.counterweight.event.PurchaseFormat;
import dev.counterweight.event.RawEvent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What cannot be read is a dead letter, each once and at its own offset, and nothing else is.
 * {@code -Dcounterweight.events=100000} takes more events.
 */
class SpoiltEventsTest {
  private static final int EVENTS = Integer.getInteger("counterweight.events", 2_000);

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void everyEventThatIsRejectedIsADeadLetterAtItsOffset(PurchaseFormat format) {
    List<byte[]> values = values(format);
    PurchaseJob job = new PurchaseJob(format, false, EVENTS, folder, values::get);
    Map<Long, String> letters = new TreeMap<>();

    new Oracle(job, folder).sample(record -> letter(record, letters));

    assertThat(letters).hasSizeGreaterThan(EVENTS / 4);
    Map<Long, String> rejected = rejected(job, values);
    assertThat(letters.keySet()).isEqualTo(rejected.keySet());
    assertThat(letters).isEqualTo(rejected);
  }

  private static List<byte[]> values(PurchaseFormat format) {
    Mutations mutations = new Mutations(7);
    List<byte[]> values = new ArrayList<>();
    for (int i = 0; i < EVENTS; i++) {
      byte[] whole = format.write(Purchase.of(i));
      values.add(i % 2 == 0 ? whole : mutations.spoil(whole, format.write(Purchase.of(i + 1))));
    }
    return values;
  }

  /** {offset: reason}, as a decoder of its own says. */
  private Map<Long, String> rejected(PurchaseJob job, List<byte[]> values) {
    JobConfig config = job.config(folder);
    EventDecoder decoder = config.events().decoder(job.schemas());
    Map<Long, String> rejected = new TreeMap<>();
    for (int i : IntStream.range(0, values.size()).toArray()) {
      RawEvent event = RawEvent.of(values.get(i), QualityJob.timeMs(i));
      try {
        decoder.head(event);
        decoder.features(event, new float[config.events().schema().columnCount()], 0);
      } catch (EventRejectedException e) {
        rejected.put((long) i, e.reason().name().toLowerCase(Locale.ROOT));
      }
    }
    return rejected;
  }

  private static void letter(ProducerRecord<byte[], byte[]> record, Map<Long, String> letters) {
    if (record.topic().endsWith("dead-letters")) {
      long offset = Long.parseLong(header(record, "cw.offset"));
      assertThat(letters.put(offset, header(record, "cw.reason"))).isNull();
    }
  }

  private static String header(ProducerRecord<byte[], byte[]> record, String name) {
    return new String(record.headers().lastHeader(name).value(), UTF_8);
  }
}
