package dev.counterweight.profile;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.event.RawEvent;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Topics of a few hundred events, made up. */
final class Samples {
  static final int EVENTS = 400;

  private Samples() {}

  /** Texts, one an event, as a function of its number; single quotes stand for double ones. */
  static List<RawEvent> of(IntFunction<String> event) {
    return IntStream.range(0, EVENTS)
        .mapToObj(i -> event.apply(i).replace('\'', '"').getBytes(UTF_8))
        .map(value -> RawEvent.of(value, 1))
        .toList();
  }

  static TopicProfile profile(List<RawEvent> values) {
    TopicFormat format = FormatGuess.of(values);
    TopicProfile profile = new TopicProfile();
    values.forEach(value -> format.read(value).ifPresent(profile::add));
    return profile;
  }

  static Inference inferred(List<RawEvent> values, @Nullable String label) {
    return Inference.of(profile(values), label, true, Set.of());
  }

  static Inference inferred(IntFunction<String> event) {
    return inferred(of(event), null);
  }
}
