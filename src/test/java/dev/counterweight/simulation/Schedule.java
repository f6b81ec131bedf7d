package dev.counterweight.simulation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What happens in a run beside chance, and the seed of that: a function of the seed.
 *
 * @param partitions of the events topic, which grows to {@code grown} under way
 * @param events that are sent, good and bad
 * @param instances of each role that takes part
 * @param settings which of the job's settings
 */
record Schedule(
    long seed,
    int partitions,
    int grown,
    int events,
    SortedMap<String, Integer> instances,
    int settings,
    List<Fault> faults) {
  private static final int MOST_FAULTS = 9;
  private static final int LATEST_CALL = 260;
  private static final int[] TRAINERS = {0, 0, 0, 1, 2}; // they cost most
  private static final int[] SCORERS = {0, 1, 2};
  private static final int[] JOINERS = {0, 0, 1, 2};
  private static final long LONGEST_MS = 16_000;

  Schedule {
    instances = Collections.unmodifiableSortedMap(new TreeMap<>(instances));
    faults = List.copyOf(faults);
  }

  static Schedule of(long seed) {
    Random random = new Random(seed * 31 + 7);
    SortedMap<String, Integer> instances = new TreeMap<>();
    instances.put("counter", 1 + random.nextInt(2));
    instances.put("sampler", 1 + random.nextInt(2));
    int joiners = JOINERS[random.nextInt(JOINERS.length)];
    instances.put("joiner", joiners);
    int trainers = TRAINERS[random.nextInt(TRAINERS.length)];
    instances.put("trainer", trainers);
    int scorers = SCORERS[random.nextInt(SCORERS.length)];
    instances.put("scorer", trainers == 0 ? 0 : scorers);
    int partitions = 1 + random.nextInt(3);
    boolean grows = random.nextInt(5) == 0 && joiners == 0;
    int grown = partitions + (grows ? 1 + random.nextInt(2) : 0);
    instances.values().removeIf(number -> number == 0);
    int events = 40 + random.nextInt(260);
    int settings = random.nextInt(Settings.COUNT);
    List<Fault> faults = new ArrayList<>();
    for (int n = random.nextInt(MOST_FAULTS); n > 0; n--) {
      faults.add(fault(random, instances));
    }
    return new Schedule(seed, partitions, grown, events, instances, settings, faults);
  }

  private static Fault fault(Random random, Map<String, Integer> instances) {
    List<String> names = List.copyOf(instances.keySet());
    String role = names.get(random.nextInt(names.size()));
    List<Fault.Kind> kinds =
        Arrays.stream(Fault.Kind.values()).filter(kind -> kind.befalls(role)).toList();
    // What a trainer announces has to be there already: the moment behind a commit tells.
    boolean announced = role.equals("trainer") && random.nextBoolean();
    Fault.Kind kind = kinds.get(random.nextInt(kinds.size()));
    return new Fault(
        announced ? Fault.Kind.KILL_COMMITTED : kind,
        role,
        random.nextInt(Objects.requireNonNull(instances.get(role))),
        random.nextInt(LATEST_CALL),
        100 + (long) (random.nextDouble() * random.nextDouble() * LONGEST_MS));
  }

  /** The same with other faults. */
  Schedule with(List<Fault> others) {
    return new Schedule(seed, partitions, grown, events, instances, settings, others);
  }

  /** Whether a role takes part. */
  boolean has(String role) {
    return instances.containsKey(role);
  }

  List<Fault> faults(String role, int instance) {
    return faults.stream()
        .filter(fault -> fault.role().equals(role) && fault.instance() == instance)
        .toList();
  }
}
