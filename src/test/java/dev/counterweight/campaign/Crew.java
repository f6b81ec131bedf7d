package dev.counterweight.campaign;

import dev.counterweight.campaign.Member.Role;
import dev.counterweight.cli.ChildJvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The processes of one job: two of each role, and who starts again what has ended, as a supervisor
 * does. What a fault killed stays away until the fault is over.
 *
 * <p>Owned by the thread of {@link Run}.
 */
final class Crew implements AutoCloseable {
  private static final int HEAP_MIB = 256;

  /** What ended by itself is started again after this. */
  private static final long AGAIN_NS = 1_000_000_000L;

  private final Path folder;
  private final Map<String, String> settings;
  private final List<Member> members;
  private final Map<Member, ChildJvm> processes = new HashMap<>();
  private final Map<Member, Long> endedNs = new HashMap<>();
  private final Set<Member> away = new HashSet<>();
  private final Set<Member> paused = new HashSet<>();
  private final List<Observed.Exit> exits = new ArrayList<>();

  Crew(Path folder, Map<String, String> settings, List<Role> roles) {
    this.folder = folder;
    this.settings = settings;
    this.members =
        roles.stream()
            .flatMap(role -> List.of(new Member(role, 0), new Member(role, 1)).stream())
            .toList();
  }

  void start() {
    members.forEach(this::start);
  }

  /** Starts one, where it does not run. */
  void start(Member member) {
    away.remove(member);
    ChildJvm before = processes.get(member);
    if (before != null && before.running()) {
      return;
    }
    processes.put(
        member,
        ChildJvm.start(
            log(member),
            HEAP_MIB,
            Map.of(),
            List.of("run", "--config", config(member).toString(), "--role", member.role().word())));
  }

  void kill(Member member) {
    paused.remove(member);
    away.add(member);
    ChildJvm process = processes.remove(member);
    if (process != null) {
      boolean ran = process.running();
      process.close();
      exits.add(exit(member, process, ran));
    }
  }

  /** Of one that does not run. */
  void loseState(Member member) {
    try {
      Cluster.empty(member.state(folder));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void pause(Member member) {
    ChildJvm process = processes.get(member);
    if (process != null && process.running()) {
      paused.add(member);
      process.pause();
    }
  }

  void resume(Member member) {
    ChildJvm process = processes.get(member);
    if (paused.remove(member) && process != null) {
      process.resume();
    }
  }

  /** SIGTERM to one that came for a while, and no more of it. */
  void leave(Member member) {
    away.add(member);
    ChildJvm process = processes.remove(member);
    if (process != null) {
      process.terminate();
      exits.add(ended(member, process));
    }
  }

  /** Starts again what has ended by itself. */
  void supervise() {
    for (Member member : List.copyOf(processes.keySet())) {
      ChildJvm process = Objects.requireNonNull(processes.get(member));
      if (process.running() || away.contains(member)) {
        continue;
      }
      Long since = endedNs.putIfAbsent(member, System.nanoTime());
      if (since == null) {
        exits.add(exit(member, process, false));
      } else if (System.nanoTime() - since > AGAIN_NS) {
        endedNs.remove(member);
        start(member);
      }
    }
  }

  /** Ends every fault: all of them run. */
  void mend() {
    List.copyOf(paused).forEach(this::resume);
    members.forEach(this::start);
  }

  /** SIGTERM to both of a role, one after the other, as a roll-out does. */
  void terminate(Role role) {
    for (Member member : members) {
      ChildJvm process = member.role() == role ? processes.remove(member) : null;
      if (process != null) {
        process.terminate();
        exits.add(ended(member, process));
      }
    }
  }

  /** How processes ended so far. */
  List<Observed.Exit> exits() {
    return List.copyOf(exits);
  }

  /** The end of what a process printed. */
  String tail(Member member, int lines) {
    try {
      List<String> all = Files.readAllLines(log(member));
      return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
    } catch (IOException e) {
      return "no log: " + e.getMessage();
    }
  }

  /** All that processes of a role printed. */
  String logs(Role role) {
    return members.stream()
        .filter(member -> member.role() == role)
        .map(member -> tail(member, Integer.MAX_VALUE))
        .collect(Collectors.joining("\n"));
  }

  List<Member> members() {
    return members;
  }

  private Observed.Exit ended(Member member, ChildJvm process) {
    try {
      process.await(60);
      return exit(member, process, false);
    } catch (AssertionError e) {
      process.close();
      return new Observed.Exit(member.toString(), 137, false, "SIGTERM did not end it in 60 s");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private Observed.Exit exit(Member member, ChildJvm process, boolean killed) {
    String last = process.output().lines().reduce("", (before, line) -> line);
    return new Observed.Exit(member.toString(), process.exitCode(), killed, last);
  }

  private Path log(Member member) {
    return folder.resolve(member + ".log");
  }

  /** Each process has a state folder of its own; all share the folder of checkpoints. */
  private Path config(Member member) {
    Map<String, String> all = new TreeMap<>(settings);
    all.put("instance.id", member.toString());
    if (settings.containsKey("labels.topic")) {
      all.put("labels.state.dir", member.state(folder).toString());
    }
    try {
      return Files.write(
          folder.resolve(member + ".properties"),
          all.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    processes.values().forEach(ChildJvm::close);
  }
}
