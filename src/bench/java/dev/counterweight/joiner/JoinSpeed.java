package dev.counterweight.joiner;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.config.LabelsConfig;
import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.Records;
import dev.counterweight.runtime.RunningRole;
import dev.counterweight.speed.Workbench;
import dev.counterweight.streams.StateSize;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Speed of the joiner beside a bare Kafka Streams map, exactly once and with the same settings, on
 * a broker in a process of its own; and what waits: its bytes on disk, and how long a joiner takes
 * to restore it. Run by hand, from the classes of the tests:
 *
 * <pre>
 * JoinSpeed speed EVENTS PARTITIONS ROUNDS [KEY=VALUE ...]
 * JoinSpeed state EVENTS PARTITIONS [KEY=VALUE ...]
 * </pre>
 *
 * <p>Speed: events of about 250 bytes, of a key each, and a label for each of them, both topics
 * full before the joiner starts. In each round a bare map reads the events alone and writes them on
 * as they are, unread: half as many records as are joined. A reading map has both topics, reads
 * time and label of each record by the joiner's own decoders, and writes the events on: the least
 * that any program does that looks at both. Then a new job joins them. A rate is of events, from
 * the running state to the commit of the last record; processor time is of this process and the
 * broker, and of the threads of Kafka Streams alone. State: events without labels, which wait; then
 * a joiner with an empty folder restores them from the changelog.
 */
final class JoinSpeed {
  private static final long HOUR_MS = Duration.ofHours(1).toMillis();
  private static final int FILLING_BYTES = 150;
  private static final Pattern STREAM_THREAD = Pattern.compile(".*-StreamThread-[0-9]+");

  private final Workbench bench;
  private final Map<String, String> more;
  private double threadsS;

  private JoinSpeed(Workbench bench, Map<String, String> more) {
    this.bench = bench;
    this.more = more;
  }

  public static void main(String[] args) throws Exception {
    Map<String, String> more =
        Arrays.stream(args)
            .filter(arg -> arg.contains("="))
            .map(arg -> arg.split("=", 2))
            .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    try (Workbench bench =
        Workbench.start("join-speed", (bootstrap, dir) -> config("unused", bootstrap, dir, more))) {
      JoinSpeed speed = new JoinSpeed(bench, more);
      int events = Integer.parseInt(args[1]);
      int partitions = Integer.parseInt(args[2]);
      if (args[0].equals("speed")) {
        speed.speed(events, partitions, Integer.parseInt(args[3]));
      } else {
        speed.state(events, partitions);
      }
    }
    System.exit(0);
  }

  private JobConfig config(String job) {
    return config(job, bench.bootstrap(), bench.dir(), more);
  }

  private static JobConfig config(
      String job, String bootstrap, Path dir, Map<String, String> more) {
    Map<String, String> all = new HashMap<>();
    all.put("job", job);
    all.put("bootstrap.servers", bootstrap);
    all.put("events.topic", "events");
    all.put("events.classes", "ok,fraud");
    all.put("events.features", "x");
    all.put("events.time", "t");
    all.put("checkpoint.dir", dir.resolve("checkpoints").toString());
    all.put("labels.topic", "labels");
    all.put("labels.label", "label");
    all.put("labels.time", "t");
    all.put("labels.wait", "1d");
    all.put("labels.state.dir", dir.resolve("state").toString());
    all.putAll(more);
    return JobConfigLoader.load(all);
  }

  private void speed(int events, int partitions, int rounds) throws Exception {
    createTopics(partitions);
    long fromMs = System.currentTimeMillis() - HOUR_MS;
    bench.fill("events", events, i -> event(i, fromMs + i * HOUR_MS / events));
    bench.fill("labels", events, i -> label(fromMs + i * HOUR_MS / events));
    for (int round = 0; round < rounds; round++) {
      Taken bare = taken(id -> map(id, partitions, events, false), "map" + round, events);
      Taken reading = taken(id -> map(id, partitions, events, true), "read" + round, events);
      Taken joiner = taken(id -> join(id, 2L * events, events), "join" + round, events);
      System.out.printf(
          "%d events, %d partitions: bare map %s; reading map %s; joiner %s; ratio %.3f of the bare"
              + " map, %.3f of the reading map%n",
          events,
          partitions,
          bare,
          reading,
          joiner,
          joiner.rate / bare.rate,
          joiner.rate / reading.rate);
    }
  }

  /** Runs something of a name, and gives its events a second. */
  private interface Runner {
    double run(String id) throws Exception;
  }

  /**
   * What something took.
   *
   * @param rate events a second
   * @param allUs processor time an event, with the broker's
   * @param threadsUs that of the threads of Kafka Streams
   */
  private record Taken(double rate, double allUs, double threadsUs) {
    @Override
    public String toString() {
      return "%.0f events/s (%.1f us an event, its threads %.1f)".formatted(rate, allUs, threadsUs);
    }
  }

  private Taken taken(Runner what, String id, int events) throws Exception {
    threadsS = 0;
    double beforeS = bench.processorS();
    double rate = what.run(id);
    return new Taken(rate, (bench.processorS() - beforeS) * 1e6 / events, threadsS * 1e6 / events);
  }

  /** Takes note of the processor time of the threads of Kafka Streams that are there. */
  private void lookAtThreads() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    double now = 0;
    for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
      if (thread != null && STREAM_THREAD.matcher(thread.getThreadName()).matches()) {
        now += Math.max(0, threads.getThreadCpuTime(thread.getThreadId())) / 1e9;
      }
    }
    threadsS = Math.max(threadsS, now);
  }

  private void state(int events, int partitions) throws Exception {
    createTopics(partitions);
    long nowMs = System.currentTimeMillis();
    bench.fill("events", events, i -> event(i, nowMs));
    double taken = join("state", events, events);
    long bytes = StateSize.bytes(bench.dir().resolve("state"));
    System.out.printf(
        "%d events wait: taken in at %.0f/s, %.1f MiB on disk, %.0f bytes an event%n",
        events, taken, bytes / 1048576.0, (double) bytes / events);
    long beforeNs = System.nanoTime();
    try (RunningRole joiner = start("state")) {
      Workbench.awaitRunning(joiner);
      awaitWaiting(joiner, events);
      System.out.printf("started with its folder: %.1f s%n", Workbench.since(beforeNs));
    }
    Utils.delete(bench.dir().resolve("state").toFile());
    beforeNs = System.nanoTime();
    try (RunningRole joiner = start("state")) {
      Workbench.awaitRunning(joiner);
      awaitWaiting(joiner, events);
      System.out.printf("restored from the changelog: %.1f s%n", Workbench.since(beforeNs));
    }
  }

  private double map(String id, int partitions, int events, boolean reads) throws Exception {
    LabelsConfig labels = Objects.requireNonNull(config(id).labels());
    List<String> topics = reads ? List.of("events", "labels") : List.of("events");
    double seconds =
        bench.mapSeconds(
            id,
            topics,
            partitions,
            () -> reads ? new Reading(labels) : new Workbench.Copy(),
            JoinerStreams.settings(
                labels,
                new RecordSizes(1 << 20, 1 << 20, 1 << 20, 2 << 20),
                new Routing(1, false, false)),
            (long) events * topics.size(),
            this::lookAtThreads);
    return events / seconds;
  }

  private static final class Reading extends ContextualProcessor<byte[], byte[], byte[], byte[]> {
    private final EventDecoder events;
    private final EventDecoder labels;

    Reading(LabelsConfig config) {
      this.events = config.events().decoder(WriterSchemas.NONE);
      this.labels = config.labels().decoder(WriterSchemas.NONE);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
      boolean event = context().recordMetadata().orElseThrow().topic().equals("events");
      try {
        (event ? events : labels)
            .head(
                Records.event(record.key(), record.value(), record.headers(), record.timestamp()));
      } catch (EventRejectedException e) {
        throw new IllegalStateException(e);
      }
      if (event) {
        context().forward(record);
      }
    }
  }

  private double join(String job, long records, int events) throws Exception {
    try (RunningRole joiner = start(job)) {
      Workbench.awaitRunning(joiner);
      long beforeNs = System.nanoTime();
      bench.awaitCommitted(job + ".joiner", records, this::lookAtThreads);
      double rate = events / Workbench.since(beforeNs);
      joiner.drain();
      joiner.awaitEnd();
      System.out.println(joiner.summary());
      return rate;
    }
  }

  private RunningRole start(String job) {
    return new RunningRole(
        new JoinerRole(
            config(job), bench.clients(), new SimpleMeterRegistry(), Clock.systemUTC(), false));
  }

  /** As many events as before wait with its tasks. */
  private static void awaitWaiting(RunningRole joiner, long events) {
    while (!Objects.equals(joiner.summary().get("waiting"), events)) {
      Workbench.pause();
    }
  }

  private void createTopics(int partitions) throws Exception {
    bench.create("events", partitions);
    bench.create("labels", partitions);
  }

  private static byte[] event(int i, long timeMs) {
    byte[] filling = new byte[FILLING_BYTES]; // nothing for compression
    new SplittableRandom(i).nextBytes(filling);
    String text = Base64.getEncoder().encodeToString(filling);
    return "{\"x\":%d,\"t\":%d,\"more\":\"%s\"}".formatted(i, timeMs, text).getBytes(UTF_8);
  }

  private static byte[] label(long timeMs) {
    return "{\"label\":\"ok\",\"t\":%d}".formatted(timeMs + 1_000).getBytes(UTF_8);
  }
}
