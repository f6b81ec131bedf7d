package dev.counterweight.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;

/**
 * What happens in a run beside chance, and the seed of that: a function of the seed.
 *
 * @param partitions of the events topic, which grows to {@code grown} under way
 * @param events that are sent, good and bad
 * @param settings which of the job's settings
 */
record Schedule(
    long seed,
    int partitions,
    int grown,
    int events,
    int counters,
    int samplers,
    int trainers,
    int settings,
    List<Fault> faults) {
  private static final int MOST_FAULTS = 9;
  private static final int LATEST_CALL = 260;
  private static final int[] TRAINERS = {0, 0, 1, 2}; // they cost most
  private static final long LONGEST_MS = 16_000;

  Schedule {
    faults = List.copyOf(faults);
  }

  static Schedule of(long seed) {
    Random random = new Random(seed * 31 + 7);
    int partitions = 1 + random.nextInt(3);
    int grown = partitions + (random.nextInt(5) == 0 ? 1 + random.nextInt(2) : 0);
    int counters = 1 + random.nextInt(2);
    int samplers = 1 + random.nextInt(2);
    int trainers = TRAINERS[random.nextInt(TRAINERS.length)];
    int events = 40 + random.nextInt(260);
    int settings = random.nextInt(Settings.COUNT);
    Map<String, Integer> roles = new TreeMap<>();
    roles.put("counter", counters);
    roles.put("sampler", samplers);
    roles.put("trainer", trainers);
    roles.values().removeIf(instances -> instances == 0);
    List<Fault> faults = new ArrayList<>();
    for (int n = random.nextInt(MOST_FAULTS); n > 0; n--) {
      faults.add(fault(random, roles));
    }
    return new Schedule(
        seed, partitions, grown, events, counters, samplers, trainers, settings, faults);
  }

  private static Fault fault(Random random, Map<String, Integer> roles) {
    List<String> names = List.copyOf(roles.keySet());
    String role = names.get(random.nextInt(names.size()));
    List<Fault.Kind> kinds =
        Arrays.stream(Fault.Kind.values()).filter(kind -> kind.befalls(role)).toList();
    return new Fault(
        kinds.get(random.nextInt(kinds.size())),
        role,
        random.nextInt(Objects.requireNonNull(roles.get(role))),
        random.nextInt(LATEST_CALL),
        100 + (long) (random.nextDouble() * random.nextDouble() * LONGEST_MS));
  }

  /** The same with other faults. */
  Schedule with(List<Fault> others) {
    return new Schedule(
        seed, partitions, grown, events, counters, samplers, trainers, settings, others);
  }

  List<Fault> faults(String role, int instance) {
    return faults.stream()
        .filter(fault -> fault.role().equals(role) && fault.instance() == instance)
        .toList();
  }
}
