package dev.counterweight.cli;

import dev.counterweight.config.LabelsConfig;
import dev.counterweight.event.EventHead;
import dev.counterweight.event.Shown;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Whether the labels of a sample find its events: by their keys, by the time that lies between, and
 * where they stand. Not thread-safe.
 */
final class JoinSample {
  private static final int MEDIAN = 50;
  private static final int MOST_OF_ALL = 90;

  /** Each label of a key is compared with each event of it. */
  private static final int MOST_OF_A_KEY = 1_000;

  private final LabelsConfig config;
  private final Map<ByteBuffer, List<Sampled>> events = new HashMap<>();
  private final Map<ByteBuffer, List<Sampled>> labels = new HashMap<>();
  private final JoinPlaces places;
  private int eventsRead;
  private int labelsRead;

  /** A record that was read. */
  private record Sampled(long timeMs, int partition) {}

  /**
   * @param eventPartitions of the topic of events
   * @param labelPartitions of that of labels
   */
  JoinSample(LabelsConfig config, int eventPartitions, int labelPartitions) {
    this.config = config;
    this.places = new JoinPlaces(config, eventPartitions, labelPartitions);
  }

  void event(ConsumerRecord<byte[], byte[]> record, EventHead head, byte[] key) {
    eventsRead++;
    add(events, record, head, key);
    places.event(key, record.partition());
  }

  void label(ConsumerRecord<byte[], byte[]> record, EventHead head, byte[] key) {
    labelsRead++;
    add(labels, record, head, key);
    places.label(key, record.partition());
  }

  private static void add(
      Map<ByteBuffer, List<Sampled>> to,
      ConsumerRecord<byte[], byte[]> record,
      EventHead head,
      byte[] key) {
    List<Sampled> ofKey = to.computeIfAbsent(ByteBuffer.wrap(key), any -> new ArrayList<>());
    if (ofKey.size() < MOST_OF_A_KEY) {
      ofKey.add(new Sampled(head.timeMs(), record.partition()));
    }
  }

  void tell(Findings findings) {
    List<Long> lateMs = new ArrayList<>();
    labels.forEach(
        (key, ofKey) -> {
          List<Sampled> same = events.get(key);
          if (same != null) {
            ofKey.forEach(label -> lateMs.add(lateMs(label, same)));
          }
        });
    places.tell(findings);
    if (eventsRead == 0 || labelsRead == 0) {
      return;
    }
    String found =
        String.format(
            Locale.ROOT,
            "join: of %,d sampled labels, %,d have the key of one of %,d sampled events",
            labelsRead,
            lateMs.size(),
            eventsRead);
    if (lateMs.isEmpty()) {
      findings.note(found + ": do the keys differ in form?");
      forms(findings);
      return;
    }
    findings.good(found);
    lateness(lateMs, findings);
  }

  /** Which event it is of, and by how much later it is: negative where it is earlier. */
  private long lateMs(Sampled label, List<Sampled> ofKey) {
    Sampled nearest = ofKey.get(0);
    for (Sampled event : ofKey) {
      long is = label.timeMs() - event.timeMs();
      long was = label.timeMs() - nearest.timeMs();
      boolean before = is >= 0;
      if (before == was >= 0 ? Math.abs(is) < Math.abs(was) : before) {
        nearest = event;
      }
    }
    places.found(nearest.partition(), label.partition());
    return label.timeMs() - nearest.timeMs();
  }

  private void forms(Findings findings) {
    form("an event", "events.key", config.events().schema().key(), events, findings);
    form("a label", "labels.key", config.labels().schema().key(), labels, findings);
    findings.detail(
        "times: events %s; labels %s: where these lie far apart, the sample says nothing"
            .formatted(times(events), times(labels)));
  }

  private static void form(
      String what,
      String setting,
      @Nullable String field,
      Map<ByteBuffer, List<Sampled>> of,
      Findings findings) {
    of.keySet().stream()
        .findFirst()
        .ifPresent(
            key ->
                findings.detail(
                    "key of %s (%s=%s): %s"
                        .formatted(what, setting, field, Shown.bytes(key.array()))));
  }

  private static String times(Map<ByteBuffer, List<Sampled>> of) {
    var times =
        of.values().stream().flatMap(List::stream).mapToLong(Sampled::timeMs).summaryStatistics();
    return "%s to %s"
        .formatted(Instant.ofEpochMilli(times.getMin()), Instant.ofEpochMilli(times.getMax()));
  }

  private void lateness(List<Long> lateMs, Findings findings) {
    List<Long> sorted = lateMs.stream().sorted().toList();
    long late = sorted.stream().filter(ms -> ms > config.waitMs()).count();
    long early = sorted.stream().filter(ms -> ms < -config.waitMs()).count();
    String line =
        "labels: half of those found come within %s, 90 %% within %s; labels.wait=%s"
            .formatted(
                shown(at(sorted, MEDIAN)), shown(at(sorted, MOST_OF_ALL)), shown(config.waitMs()));
    if (late + early == 0) {
      findings.good(line);
      return;
    }
    findings.note(
        line
            + String.format(Locale.ROOT, ": %,d of %,d would come too late", late, sorted.size())
            + (early == 0
                ? ""
                : String.format(Locale.ROOT, ", %,d before their event by more than that", early))
            + (config.correctForMs() == 0 || late == 0
                ? ""
                : String.format(
                    Locale.ROOT,
                    " (%,d of these would correct)",
                    sorted.stream()
                        .filter(ms -> ms > config.waitMs())
                        .filter(ms -> ms <= config.waitMs() + config.correctForMs())
                        .count())));
  }

  private static long at(List<Long> sorted, int percent) {
    return sorted.get(Math.max(0, (sorted.size() * percent + 99) / 100 - 1));
  }

  /** A time that something takes, in the largest unit that it has two of, or so. */
  static String shown(long ms) {
    long abs = Math.abs(ms);
    if (abs < 1_000) {
      return ms + " ms";
    }
    double seconds = ms / 1000.0;
    double minutes = seconds / 60;
    double hours = minutes / 60;
    return abs < 120_000
        ? number(seconds, "s")
        : abs < 7_200_000
            ? number(minutes, "min")
            : abs < 172_800_000 ? number(hours, "h") : number(hours / 24, "d");
  }

  private static String number(double value, String unit) {
    return String.format(Locale.ROOT, "%.1f", value).replace(".0", "") + " " + unit;
  }
}
