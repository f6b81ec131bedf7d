package dev.counterweight.joiner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.joiner.JoinStream.Conflict;
import dev.counterweight.joiner.JoinStream.Rules;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RunningRole;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.kafka.common.metrics.JmxReporter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two joiners, each of which keeps a copy of what the other has waiting. */
@Timeout(240)
class JoinerStandbyIT {
  private static final int EVENTS = 4_000;
  private static final int PARTITIONS = 4;
  private static final long HOUR = 3_600_000;

  @TempDir Path folder;

  @Test
  void eachCopiesWhatTheOtherHasWaitingAndTakesItOver() throws Exception {
    Rules rules = new Rules(HOUR, 60_000, 0, -1, Conflict.FIRST, JoinedJob.CLASSES.size());
    long fromMs = System.currentTimeMillis() - HOUR / 2;
    JoinStream stream = JoinStream.of(rules, EVENTS, fromMs, 500, 11);
    JoinedJob job = new JoinedJob(folder, PARTITIONS, settings());
    job.sendEvents(stream, 0, EVENTS);
    try (RunningRole second = job.start(at("second"))) {
      try (RunningRole first = job.start(at("first"))) {
        await().atMost(Duration.ofSeconds(60)).until(() -> sharing(first) && sharing(second));
        await().atMost(Duration.ofSeconds(60)).until(() -> copying() > 0);
      }
      job.sendLabels(stream, 0, stream.labels().size());
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> second.status().detail().contains(PARTITIONS + " tasks"));
    }

    job.joinToEnd(Map.of("labels.at.end", "expire"));

    assertThat(job.unlikeTheRecountOf(stream)).isEmpty();
  }

  private static Map<String, String> settings() {
    Map<String, String> settings = new HashMap<>();
    settings.put("labels.correct.for", "0 ms");
    settings.put("labels.conflict", "first");
    settings.put("labels.missing", "drop");
    settings.put("events.max.future", "1d"); // labels of the hours to come
    settings.put("kafka.metric.reporters", JmxReporter.class.getName()); // see copying()
    settings.put("kafka.streams.num.standby.replicas", "1");
    settings.put("kafka.streams.commit.interval.ms", "200");
    return settings;
  }

  private Map<String, String> at(String instance) {
    return Map.of("labels.state.dir", folder.resolve(instance).toString());
  }

  private static boolean sharing(RunningRole joiner) {
    Role.Status status = joiner.status();
    return status.state() == Role.State.RUNNING && status.detail().contains("2 standbys here");
  }

  /** Rows a second that copies are given, of all instances together. */
  private static double copying() throws JMException {
    MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    double rate = 0;
    for (ObjectName name :
        beans.queryNames(
            new ObjectName("kafka.streams:type=stream-state-updater-metrics,*"), null)) {
      if (name.toString().contains(".joiner-")) {
        rate += (Double) beans.getAttribute(name, "restore-records-rate");
      }
    }
    return rate;
  }
}
