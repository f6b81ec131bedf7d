package dev.counterweight.campaign;

import dev.counterweight.demo.Wire;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Something that goes wrong; printed as a line, and read from it. */
sealed interface Fault {
  /** Time after the first event. */
  long atMs();

  /** How long it lasts; what was stopped goes on then. */
  default long forMs() {
    return 0;
  }

  /** The name under which recovery times are gathered. */
  String kind();

  /** kill -9; started again after a while. */
  record RolesKilled(long atMs, List<Member> members, long forMs) implements Fault {
    @Override
    public String kind() {
      return "kill " + roles(members);
    }

    @Override
    public String toString() {
      return "%d kill %s %d".formatted(atMs, joined(members), forMs);
    }
  }

  /** SIGSTOP, then SIGCONT: a zombie, if it was long. */
  record RolesPaused(long atMs, List<Member> members, long forMs) implements Fault {
    @Override
    public String kind() {
      return "pause " + roles(members);
    }

    @Override
    public String toString() {
      return "%d pause %s %d".formatted(atMs, joined(members), forMs);
    }
  }

  /** kill -9 of brokers, by number from 1; 0 is the one that leads the controllers. */
  record BrokersKilled(long atMs, List<Integer> brokers, long forMs) implements Fault {
    @Override
    public String kind() {
      return "kill " + count(brokers);
    }

    @Override
    public String toString() {
      return "%d kill-broker %s %d".formatted(atMs, joined(brokers), forMs);
    }
  }

  /** SIGSTOP of brokers, then SIGCONT. */
  record BrokersPaused(long atMs, List<Integer> brokers, long forMs) implements Fault {
    @Override
    public String kind() {
      return "pause " + count(brokers);
    }

    @Override
    public String toString() {
      return "%d pause-broker %s %d".formatted(atMs, joined(brokers), forMs);
    }
  }

  /** The way from all roles to some brokers fails. */
  record WiresFail(long atMs, List<Integer> brokers, Wire.State state, long forMs)
      implements Fault {
    @Override
    public String kind() {
      return "connections " + word(state);
    }

    @Override
    public String toString() {
      return "%d wire %s %s %d".formatted(atMs, joined(brokers), word(state), forMs);
    }
  }

  /** The way by which brokers and controllers come to some brokers fails; roles still come. */
  record PeersFail(long atMs, List<Integer> brokers, Wire.State state, long forMs)
      implements Fault {
    @Override
    public String kind() {
      return "connections between brokers " + word(state);
    }

    @Override
    public String toString() {
      return "%d peers %s %s %d".formatted(atMs, joined(brokers), word(state), forMs);
    }
  }

  /** Nothing more can be written where a broker's logs are; it is started again afterwards. */
  record BrokerDiskFull(long atMs, List<Integer> brokers, long forMs) implements Fault {
    @Override
    public String kind() {
      return "disk of a broker full";
    }

    @Override
    public String toString() {
      return "%d broker-disk-full %s %d".formatted(atMs, joined(brokers), forMs);
    }
  }

  /** The producer of events and labels writes something else. */
  record Written(long atMs, Kind what, int count) implements Fault {
    /** What it writes. */
    enum Kind {
      /** A transaction that is aborted. */
      ABORTED,
      /** Events that were written before. */
      DUPLICATES,
      /** What is no event, a flood of it. */
      BROKEN,
      /** Events of which a feature cannot be read. */
      BAD_FEATURES,
      /** Events of no known class; where labels come apart, such labels. */
      BAD_LABELS,
      /** Values that are null. */
      TOMBSTONES,
      /** Events longer than events.max.bytes. */
      OVERSIZE
    }

    @Override
    public String kind() {
      return "written: " + word(what);
    }

    @Override
    public String toString() {
      return "%d write %s %d".formatted(atMs, word(what), count);
    }
  }

  /** Events' own times go on from elsewhere. */
  record ClockStepped(long atMs, long byMs) implements Fault {
    @Override
    public String kind() {
      return "clock steps";
    }

    @Override
    public String toString() {
      return "%d clock %d".formatted(atMs, byMs);
    }
  }

  /** A further instance of a role comes and goes. */
  record RebalanceStorm(long atMs, Member.Role role, int times) implements Fault {
    @Override
    public String kind() {
      return "rebalances " + role.word();
    }

    @Override
    public String toString() {
      return "%d storm %s %d".formatted(atMs, role.word(), times);
    }
  }

  /** The newest checkpoint's file is damaged, and the trainers are killed. */
  record CheckpointDamaged(long atMs, How how, long forMs) implements Fault {
    /** What becomes of the file. */
    enum How {
      FLIPPED,
      CUT,
      EMPTIED
    }

    @Override
    public String kind() {
      return "checkpoint " + word(how);
    }

    @Override
    public String toString() {
      return "%d checkpoint %s %d".formatted(atMs, word(how), forMs);
    }
  }

  /** The topic of events grows by a partition, and that of scores with it. */
  record TopicGrown(long atMs) implements Fault {
    @Override
    public String kind() {
      return "topic grows";
    }

    @Override
    public String toString() {
      return "%d grow 0".formatted(atMs);
    }
  }

  /** The topic of events is deleted and made again: a job on it has to end, and say why. */
  record TopicMadeAgain(long atMs) implements Fault {
    @Override
    public String kind() {
      return "topic made again";
    }

    @Override
    public String toString() {
      return "%d make-again 0".formatted(atMs);
    }
  }

  /** Events are deleted while both instances of a role are away that has not read them. */
  record RetentionOvertakes(long atMs, Member.Role role, long forMs) implements Fault {
    @Override
    public String kind() {
      return "retention overtakes " + role.word();
    }

    @Override
    public String toString() {
      return "%d retention %s %d".formatted(atMs, role.word(), forMs);
    }
  }

  /** A joiner is killed, and its state folder is gone. */
  record StateLost(long atMs, int instance, long forMs) implements Fault {
    @Override
    public String kind() {
      return "state lost";
    }

    @Override
    public String toString() {
      return "%d state-lost %d %d".formatted(atMs, instance, forMs);
    }
  }

  /** A joiner is killed, and starts while nothing can be written where it keeps its state. */
  record StateDiskFull(long atMs, int instance, long forMs) implements Fault {
    @Override
    public String kind() {
      return "disk of state full";
    }

    @Override
    public String toString() {
      return "%d state-disk-full %d %d".formatted(atMs, instance, forMs);
    }
  }

  /** Nothing more can be written where checkpoints are. */
  record DiskFull(long atMs, long forMs) implements Fault {
    @Override
    public String kind() {
      return "disk of checkpoints full";
    }

    @Override
    public String toString() {
      return "%d disk-full %d".formatted(atMs, forMs);
    }
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String joined(List<?> parts) {
    return parts.stream().map(Object::toString).collect(Collectors.joining(","));
  }

  private static String roles(List<Member> members) {
    return members.stream().map(Member::role).distinct().count() > 1
        ? "several roles"
        : members.get(0).role().word() + (members.size() > 1 ? ", both" : "");
  }

  private static String count(List<Integer> brokers) {
    return brokers.equals(List.of(0)) ? "controller" : brokers.size() + " of 3 brokers";
  }
}
