package dev.counterweight.simulation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A consumer group under the cooperative protocol: partitions go from one member to another in two
 * rebalances, the first of which takes them away. A generation ends when all members have joined
 * the next. Not thread-safe.
 */
final class MemoryGroup {
  private final String id;
  private final Map<String, Member> members = new LinkedHashMap<>();
  private final Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
  private final Set<Transaction> unsettled = new LinkedHashSet<>();
  private int generation;
  private boolean preparing;
  private int numbered;

  /** A member, as the coordinator knows it. */
  static final class Member {
    final String id;
    final Set<TopicPartition> wanted;
    Set<TopicPartition> owned = new LinkedHashSet<>();
    Set<TopicPartition> assigned = new LinkedHashSet<>();
    private boolean joined;
    private int generation = -1;
    private long seenMs;

    private Member(String id, Set<TopicPartition> wanted) {
      this.id = id;
      this.wanted = wanted;
    }
  }

  MemoryGroup(String id) {
    this.id = id;
  }

  /** What is committed; the marker of a transaction that commits more may be missing. */
  @Nullable OffsetAndMetadata committed(TopicPartition partition) {
    return committed.get(partition);
  }

  /** Whether a transaction may yet commit offsets of any of these. */
  boolean unstable(Set<TopicPartition> of) {
    return unsettled.stream().anyMatch(transaction -> transaction.accountsFor(this, of));
  }

  void commit(Map<TopicPartition, OffsetAndMetadata> offsets) {
    committed.putAll(offsets);
  }

  void pending(Transaction transaction) {
    unsettled.add(transaction);
  }

  void settled(Transaction transaction) {
    unsettled.remove(transaction);
  }

  /** Whether who says this of itself is a member of the generation that stands. */
  boolean accepts(ConsumerGroupMetadata of) {
    Member member = members.get(of.memberId());
    return member != null && of.generationId() == generation && member.generation == generation;
  }

  ConsumerGroupMetadata metadata(@Nullable Member member) {
    return member == null
        ? new ConsumerGroupMetadata(id)
        : new ConsumerGroupMetadata(id, member.generation, member.id, Optional.empty());
  }

  Member join(Set<TopicPartition> wanted, long nowMs) {
    Member member = new Member("member-" + numbered++, wanted);
    member.seenMs = nowMs;
    members.put(member.id, member);
    prepare();
    return member;
  }

  void leave(Member member) {
    if (members.remove(member.id) != null) {
      prepare();
    }
  }

  boolean knows(Member member) {
    return members.get(member.id) == member;
  }

  /** Asks all to join again. */
  void prepare() {
    preparing = true;
    members.values().forEach(member -> member.joined = false);
  }

  /** Those that were not seen for so long are out. */
  void expire(long nowMs, long sessionMs) {
    List<Member> gone = new ArrayList<>();
    for (Member member : members.values()) {
      if (nowMs - member.seenMs >= sessionMs) {
        gone.add(member);
      }
    }
    gone.forEach(this::leave);
  }

  /** A heartbeat of a member, and its part in a rebalance; whether it has a new assignment. */
  boolean heard(Member member, long nowMs) {
    member.seenMs = nowMs;
    if (preparing) {
      member.joined = true;
      if (members.values().stream().allMatch(m -> m.joined)) {
        complete();
      }
    }
    if (preparing || member.generation == generation) {
      return false;
    }
    member.generation = generation;
    return true;
  }

  private void complete() {
    preparing = false;
    generation++;
    Map<TopicPartition, Member> owners = new HashMap<>();
    members.values().forEach(member -> member.owned.forEach(p -> owners.put(p, member)));
    Map<Integer, Member> target = target();
    for (Member member : members.values()) {
      member.assigned = new LinkedHashSet<>();
      for (TopicPartition partition : member.wanted) {
        Member owner = owners.get(partition);
        if (target.get(place(partition)) == member && (owner == null || owner == member)) {
          member.assigned.add(partition);
        }
      }
    }
  }

  /** Partitions of one number go together, as tasks have them. */
  private static int place(TopicPartition partition) {
    return partition.topic().endsWith("-repartition") ? -1 : partition.partition();
  }

  /** Sticky: who has most gives up to those who have least. */
  private Map<Integer, Member> target() {
    Map<Integer, Member> target = new TreeMap<>();
    Map<Member, List<Integer>> held = new LinkedHashMap<>();
    Set<Integer> all = new TreeSet<>();
    for (Member member : members.values()) {
      held.put(member, new ArrayList<>());
      member.wanted.forEach(partition -> all.add(place(partition)));
    }
    for (Member member : members.values()) {
      for (TopicPartition partition : member.owned) {
        if (target.putIfAbsent(place(partition), member) == null) {
          held(held, member).add(place(partition));
        }
      }
    }
    for (int place : all) {
      if (!target.containsKey(place)) {
        Member least = least(held);
        target.put(place, least);
        held(held, least).add(place);
      }
    }
    List<Integer> most = held(held, most(held));
    while (most.size() > held(held, least(held)).size() + 1) {
      Integer moved = most.remove(most.size() - 1);
      Member least = least(held);
      held(held, least).add(moved);
      target.put(moved, least);
      most = held(held, most(held));
    }
    return target;
  }

  private static List<Integer> held(Map<Member, List<Integer>> held, Member member) {
    return Objects.requireNonNull(held.get(member));
  }

  private static Member least(Map<Member, List<Integer>> held) {
    return held.keySet().stream()
        .min(Comparator.comparingInt(member -> held(held, member).size()))
        .orElseThrow();
  }

  private static Member most(Map<Member, List<Integer>> held) {
    return held.keySet().stream()
        .max(Comparator.comparingInt(member -> held(held, member).size()))
        .orElseThrow();
  }
}
