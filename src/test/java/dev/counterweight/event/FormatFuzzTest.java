package dev.counterweight.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.event.EventRejectedException.Reason;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever becomes of a purchase on its way is decoded or rejected, soon and in little memory; what
 * is decoded is what the format's own library reads in it. {@code -Dcounterweight.fuzz=1000000}
 * takes more of them.
 */
class FormatFuzzTest {
  private static final int EVENTS = Integer.getInteger("counterweight.fuzz", 20_000);
  private static final long MOST_NS = 250_000_000;
  private static final long MOST_BYTES = 256 << 10; // 1e-308 is written out in a message
  private static final int MOST_BYTES_A_BYTE = 64;

  private static final int COLUMNS = 15;
  private static final List<String> KEYS = List.of("card.country", "card.merchant", "score");

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir Path folder;

  private sealed interface Outcome {}

  private record Decoded(EventHead head, String key, List<Float> columns) implements Outcome {}

  private record Rejected(EventRejectedException why) implements Outcome {}

  @ParameterizedTest
  @EnumSource
  void spoiltEventsAreDecodedAsTheirLibraryReadsThemOrRejected(PurchaseFormat format) {
    List<EventDecoder> decoders = KEYS.stream().map(key -> decoder(format, key)).toList();
    List<EventDecoder> others = KEYS.stream().map(key -> decoder(format, key)).toList();
    Mutations mutations = new Mutations(18);
    Map<Reason, Integer> rejected = new EnumMap<>(Reason.class);
    int unread = 0;
    for (int i = 0; i < EVENTS; i++) {
      byte[] event =
          mutations.spoil(
              format.write(Purchase.of(i % 997)), format.write(Purchase.of(i * 31 % 997)));
      Outcome outcome = bounded(decoders.get(i % KEYS.size()), event);
      if (outcome instanceof Rejected of) {
        rejected.merge(of.why().reason(), 1, Integer::sum);
        assertThat(of.why().getMessage()).as(shown(event)).isNotBlank().hasSizeLessThan(2_000);
        continue;
      }
      Optional<byte[]> rewritten = format.rewritten(event);
      if (rewritten.isEmpty()) {
        unread++;
        assertThat(format.readsAll()).as(shown(event)).isFalse();
      } else if (!format.ambiguous(event)) {
        assertThat(outcome)
            .as(shown(event))
            .isEqualTo(decode(others.get(i % KEYS.size()), rewritten.get()));
      }
    }
    int accepted = EVENTS - rejected.values().stream().mapToInt(count -> count).sum();
    System.out.printf(
        "%s: %d decoded (of these %d not by the library), rejected %s%n",
        format, accepted, unread, rejected);
    assertThat(accepted).isBetween(EVENTS / 200, EVENTS * 9 / 10);
    assertThat(unread).isLessThan(accepted / 20);
    assertThat(rejected.size()).isGreaterThan(3);
  }

  /** As a list, which is equal to another to the bit. */
  private static List<Float> boxed(float[] columns) {
    return IntStream.range(0, columns.length).mapToObj(i -> columns[i]).toList();
  }

  private static Outcome decode(EventDecoder decoder, byte[] event) {
    try {
      RawEvent raw = RawEvent.of(event, 5);
      EventHead head = decoder.head(raw);
      String key = new String(decoder.joinKey(), UTF_8);
      float[] columns = new float[COLUMNS];
      decoder.features(raw, columns, 0);
      return new Decoded(head, key, boxed(columns));
    } catch (EventRejectedException e) {
      return new Rejected(e);
    }
  }

  /**
   * Decodes an event, and again if that took much: time may be the machine's doing, and memory that
   * of classes being loaded.
   */
  private static Outcome bounded(EventDecoder decoder, byte[] event) {
    long mostBytes = MOST_BYTES + (long) MOST_BYTES_A_BYTE * event.length;
    long ns = Long.MAX_VALUE;
    long bytes = Long.MAX_VALUE;
    Outcome outcome;
    int attempts = 0;
    do {
      long fromBytes = THREADS.getCurrentThreadAllocatedBytes();
      long fromNs = System.nanoTime();
      outcome = decode(decoder, event);
      attempts++;
      ns = Math.min(ns, System.nanoTime() - fromNs);
      bytes = Math.min(bytes, THREADS.getCurrentThreadAllocatedBytes() - fromBytes);
    } while (attempts < 3 && (ns > MOST_NS || bytes > mostBytes));
    assertThat(bytes).as("bytes allocated for %s", shown(event)).isLessThanOrEqualTo(mostBytes);
    assertThat(ns).as("ns for %s", shown(event)).isLessThanOrEqualTo(MOST_NS);
    return outcome;
  }

  private EventDecoder decoder(PurchaseFormat format, String key) {
    Map<String, String> settings = new HashMap<>(format.settings(format.hasTags(), folder));
    settings.put("job", "fuzz");
    settings.put("bootstrap.servers", "unused:1");
    settings.put("instance.id", "fuzz");
    settings.put("events.topic", "purchases");
    settings.put("checkpoint.dir", "unused");
    EventsConfig events = JobConfigLoader.load(settings).events();
    return JoinedSchemas.with(events, JoinedSchemas.joined(events.schema(), key))
        .decoder(format.registry());
  }

  private static String shown(byte[] event) {
    byte[] start = Arrays.copyOf(event, Math.min(400, event.length));
    return HexFormat.of().formatHex(start) + " " + new String(start, UTF_8);
  }
}
