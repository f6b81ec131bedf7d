package dev.counterweight.cli;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.InvalidConfigException;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.Records;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Finds keys that make refused events readable, by trying them: what is offered has read most of
 * the events that it is offered for. Not thread-safe.
 */
final class Mends {
  /** Rules after whose mend an event may well break another one. */
  private static final Set<Reason> OF_A_FIELD =
      Set.of(
          Reason.MISSING_FEATURE,
          Reason.BAD_FEATURE,
          Reason.UNKNOWN_LABEL,
          Reason.BAD_TIME,
          Reason.BAD_IMPORTANCE);

  private final Map<String, String> given;
  private final JobConfig config;
  private final WriterSchemas schemas;
  private final MendCandidates candidates;

  /**
   * @param given every key that is given, as it is written
   */
  Mends(
      Map<String, String> given,
      JobConfig config,
      WriterSchemas schemas,
      MendCandidates candidates) {
    this.given = given;
    this.config = config;
    this.schemas = schemas;
    this.candidates = candidates;
  }

  /** What to do about a group, in words. */
  String of(RejectionGroup group) {
    for (Map<String, String> settings : candidates.of(group)) {
      Optional<String> mend = tried(group, settings);
      if (mend.isPresent()) {
        return mend.get();
      }
    }
    return candidates.advice(group).orElse(group.reason().key() + ", or the producer");
  }

  /** The settings in words if most of a group's events are read by them. */
  private Optional<String> tried(RejectionGroup group, Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(given);
    all.putAll(settings);
    EventsConfig changed;
    try {
      changed = JobConfigLoader.load(all).events();
    } catch (InvalidConfigException e) {
      return Optional.empty();
    }
    EventDecoder decoder = changed.decoder(schemas);
    float[] row = new float[changed.schema().columnCount()];
    long better =
        group.kept().stream().filter(event -> better(group, event, decoder, row, changed)).count();
    if (2 * better < group.kept().size()) {
      return Optional.empty();
    }
    boolean sameJob = changed.schema().schema().equals(config.events().schema().schema());
    return Optional.of(
        "set "
            + new LinkedHashMap<>(settings)
                .entrySet().stream()
                    .map(setting -> setting.getKey() + "=" + setting.getValue())
                    .collect(Collectors.joining(" and "))
            + (sameJob ? "" : " (another schema: if the job has begun, a new job)"));
  }

  private static boolean better(
      RejectionGroup group,
      ConsumerRecord<byte[], byte[]> event,
      EventDecoder decoder,
      float[] row,
      EventsConfig changed) {
    try {
      decoder.head(Records.event(event));
      decoder.features(Records.event(event), row, 0);
      return true;
    } catch (EventRejectedException e) {
      String feature = RejectionGroups.feature(e, changed.schema());
      boolean other = e.reason() != group.reason() || !feature.equals(group.feature());
      return !e.reason().deadLetter() || (other && OF_A_FIELD.contains(e.reason()));
    }
  }
}
