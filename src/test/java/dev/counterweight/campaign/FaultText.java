package dev.counterweight.campaign;

import dev.counterweight.demo.Wire;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Reads faults as they print themselves. */
final class FaultText {
  private FaultText() {}

  /** As a fault prints itself. */
  static Fault parse(String line) {
    String[] words = line.strip().split(" ");
    long at = Long.parseLong(words[0]);
    long last = Long.parseLong(words[words.length - 1]);
    return switch (words[1]) {
      case "kill" -> new Fault.RolesKilled(at, members(words[2]), last);
      case "pause" -> new Fault.RolesPaused(at, members(words[2]), last);
      case "kill-broker" -> new Fault.BrokersKilled(at, numbers(words[2]), last);
      case "pause-broker" -> new Fault.BrokersPaused(at, numbers(words[2]), last);
      case "wire" ->
          new Fault.WiresFail(at, numbers(words[2]), value(Wire.State.class, words[3]), last);
      case "peers" ->
          new Fault.PeersFail(at, numbers(words[2]), value(Wire.State.class, words[3]), last);
      case "broker-disk-full" -> new Fault.BrokerDiskFull(at, numbers(words[2]), last);
      case "state-disk-full" -> new Fault.StateDiskFull(at, Integer.parseInt(words[2]), last);
      case "write" -> new Fault.Written(at, value(Fault.Written.Kind.class, words[2]), (int) last);
      case "clock" -> new Fault.ClockStepped(at, last);
      case "storm" -> new Fault.RebalanceStorm(at, value(Member.Role.class, words[2]), (int) last);
      case "checkpoint" ->
          new Fault.CheckpointDamaged(at, value(Fault.CheckpointDamaged.How.class, words[2]), last);
      case "grow" -> new Fault.TopicGrown(at);
      case "state-lost" -> new Fault.StateLost(at, Integer.parseInt(words[2]), last);
      case "make-again" -> new Fault.TopicMadeAgain(at);
      case "retention" ->
          new Fault.RetentionOvertakes(at, value(Member.Role.class, words[2]), last);
      case "disk-full" -> new Fault.DiskFull(at, last);
      default -> throw new IllegalArgumentException("no fault: " + line);
    };
  }

  private static List<Member> members(String text) {
    return Arrays.stream(text.split(",")).map(Member::parse).toList();
  }

  private static List<Integer> numbers(String text) {
    return Arrays.stream(text.split(",")).map(Integer::valueOf).toList();
  }

  private static <E extends Enum<E>> E value(Class<E> type, String word) {
    return Enum.valueOf(type, word.toUpperCase(Locale.ROOT).replace('-', '_'));
  }
}
