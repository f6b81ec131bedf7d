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
import dev.counterweight.profile.TopicProfile;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Finds keys that make refused events readable, by trying them: what is offered has read most of
 * the events that it is offered for, or has brought them to where another rule refuses them, which
 * is said. Not thread-safe.
 *
 * @param given every key that is given, as it is written
 * @param profile of the sample
 * @param labelled whether any event of it is of one of the classes
 */
record Mends(
    Map<String, String> given,
    JobConfig config,
    SampledSide side,
    WriterSchemas schemas,
    TopicProfile profile,
    boolean labelled) {
  private static final int MAX_SETTINGS = 20;

  /** Rules after whose mend an event may well break another one. */
  private static final Set<Reason> OF_A_FIELD =
      Set.of(
          Reason.MISSING_FEATURE,
          Reason.BAD_FEATURE,
          Reason.UNKNOWN_LABEL,
          Reason.BAD_TIME,
          Reason.BAD_IMPORTANCE);

  /** What to do about a group, in words. */
  String of(RejectionGroup group) {
    Map<String, String> mend = new LinkedHashMap<>();
    JobConfig changed = config;
    EventsConfig events = side.of(config);
    @Nullable RejectionGroup left = group;
    while (left != null && mend.size() < MAX_SETTINGS) {
      Optional<Map<String, String>> more = tried(left, mend, events);
      if (more.isEmpty()) {
        break;
      }
      mend.putAll(more.get());
      changed = with(mend).orElse(changed);
      events = side.of(changed);
      left = left(group, events);
    }
    if (mend.isEmpty()) {
      return new MendCandidates(events, profile, labelled)
          .advice(group)
          .map(side::words)
          .orElse(side.words(group.reason().key()) + ", or the producer");
    }
    boolean sameJob = changed.events().schema().schema().reads(config.events().schema().schema());
    return "set "
        + mend.entrySet().stream()
            .map(setting -> setting.getKey() + "=" + setting.getValue())
            .collect(Collectors.joining(" and "))
        + (sameJob ? "" : " (another schema: if the job has begun, a new job)")
        + (left == null ? "" : "; refused then: " + left.example());
  }

  private Optional<JobConfig> with(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(given);
    all.putAll(settings);
    try {
      return Optional.of(JobConfigLoader.load(all));
    } catch (InvalidConfigException e) {
      return Optional.empty();
    }
  }

  /** The first settings by which, beside those before, most of a group's events are read. */
  private Optional<Map<String, String>> tried(
      RejectionGroup group, Map<String, String> before, EventsConfig events) {
    return candidates(group, events).stream()
        // What is set stays set: two settings in turn would lead in a circle.
        .filter(settings -> Collections.disjoint(settings.keySet(), before.keySet()))
        .filter(
            settings -> {
              Map<String, String> all = new LinkedHashMap<>(before);
              all.putAll(settings);
              return with(all).filter(changed -> mends(side.of(changed), group)).isPresent();
            })
        .findFirst();
  }

  private List<Map<String, String>> candidates(RejectionGroup group, EventsConfig events) {
    TopicProfile seen = profile;
    if (events.schema().envelope() != side.of(config).schema().envelope()) {
      SampledFields inside = new SampledFields(events, side);
      group.kept().forEach(inside::add);
      seen = inside.profile();
    }
    return new MendCandidates(events, seen, labelled)
        .of(group).stream().map(side::settings).toList();
  }

  private boolean mends(EventsConfig changed, RejectionGroup group) {
    EventDecoder decoder = changed.decoder(schemas);
    float[] row = new float[changed.schema().columnCount()];
    long better =
        group.kept().stream()
            .filter(
                event -> {
                  EventRejectedException still = read(event, decoder, row);
                  return still == null || further(still, group, changed);
                })
            .count();
    return 2 * better >= group.kept().size();
  }

  private static boolean further(
      EventRejectedException still, RejectionGroup group, EventsConfig changed) {
    boolean other =
        still.reason() != group.reason()
            || !RejectionGroups.feature(still, changed.schema()).equals(group.feature());
    return !still.reason().deadLetter() || (other && OF_A_FIELD.contains(still.reason()));
  }

  /** What most of a group's events are refused for by a changed configuration; null if none is. */
  private @Nullable RejectionGroup left(RejectionGroup group, EventsConfig changed) {
    EventDecoder decoder = changed.decoder(schemas);
    float[] row = new float[changed.schema().columnCount()];
    RejectionGroups left = new RejectionGroups(changed.schema());
    for (ConsumerRecord<byte[], byte[]> event : group.kept()) {
      EventRejectedException still = read(event, decoder, row);
      if (still != null && still.reason().deadLetter()) {
        left.add(event, still);
      }
    }
    return left.largestFirst().stream().findFirst().orElse(null);
  }

  private static @Nullable EventRejectedException read(
      ConsumerRecord<byte[], byte[]> event, EventDecoder decoder, float[] row) {
    try {
      decoder.head(Records.event(event));
      decoder.features(Records.event(event), row, 0);
      return null;
    } catch (EventRejectedException e) {
      return e;
    }
  }
}
