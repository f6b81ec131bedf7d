package dev.counterweight.cli;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.Feature;
import dev.counterweight.event.FieldPath;
import dev.counterweight.profile.TopicFormat;
import dev.counterweight.profile.TopicProfile;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The fields that a sample's JSON events have, named or not. Not thread-safe. */
final class SampledFields {
  private final EventsConfig events;
  private final SampledSide side;
  private final TopicProfile profile = new TopicProfile();

  SampledFields(EventsConfig events, SampledSide side) {
    this.events = events;
    this.side = side;
  }

  void add(ConsumerRecord<byte[], byte[]> record) {
    byte[] value = record.value();
    if (value != null && events.format() == EventFormat.JSON && value.length > 0) {
      OutsideValue.read(
          new TopicFormat.Json(events.schema().envelope(), value[0] == 0), record, profile::add);
    }
  }

  TopicProfile profile() {
    return profile;
  }

  /** Says of which configured fields there are two, by their whole name and by their path. */
  void tell(Findings findings) {
    Set<String> two = profile.ambiguous();
    EventSchema schema = events.schema();
    String named =
        Stream.concat(
                schema.features().features().stream().map(Feature::path), schema.head().stream())
            .map(FieldPath::text)
            .distinct()
            .filter(two::contains)
            .map(path -> "'" + path + "'")
            .collect(Collectors.joining(", "));
    if (!named.isEmpty()) {
      findings.note(
          side
              + ": "
              + named
              + ": some events have a field of this whole name, some one at this path, inside"
              + " others: where an event has both, the whole name is read");
    }
  }
}
