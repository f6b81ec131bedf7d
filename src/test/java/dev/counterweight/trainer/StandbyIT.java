package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.CheckpointInspection;
import dev.counterweight.cli.ChildJvm;
import dev.counterweight.demo.SharedBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two trainers of a job in processes of their own: one leads, one stands by. */
@Timeout(180)
class StandbyIT {
  private static final Duration SESSION = Duration.ofSeconds(10);

  @TempDir Path folder;
  private TrainerJob job;
  private ChildJvm leader;
  private ChildJvm standby;

  @BeforeEach
  void startBoth() throws Exception {
    job = TrainerJob.create(folder.resolve("checkpoints")).with("checkpoint.every.steps", "1");
    leader = TrainerJob.Child.start(job.with("instance.id", "leader"), folder.resolve("leader"));
    job.send(0, 10);
    await().atMost(Duration.ofSeconds(60)).until(() -> offset() == 10);
    standby = TrainerJob.Child.start(job.with("instance.id", "standby"), folder.resolve("standby"));
    await().atMost(Duration.ofSeconds(60)).until(() -> members() == 2);
  }

  @AfterEach
  void endBoth() {
    List.of(leader, standby).forEach(ChildJvm::close);
  }

  @Test
  void aKilledLeadersPlaceIsTakenWithinTheSessionTimeoutAndALittle() throws Exception {
    leader.kill();
    long killedNs = System.nanoTime();
    job.send(10, 12);

    awaitOffset(12);

    Duration took = Duration.ofNanos(System.nanoTime() - killedNs);
    System.out.printf(
        "MEASURED failover: first checkpoint of the standby %d ms after kill -9%n",
        took.toMillis());
    assertThat(writer(job.newest())).isEqualTo("standby");
    assertThat(took).isLessThan(SESSION.plusSeconds(10));
  }

  @Test
  void aPausedLeaderWakesUpAsAStandbyThatChangesNothing() throws Exception {
    leader.pause();
    job.send(10, 20);
    awaitOffset(20);
    assertThat(writer(job.newest())).isEqualTo("standby");
    int announced = job.announcements().size();

    leader.resume();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> !linesAboutTheLead().isEmpty() && members() == 2);
    job.send(20, 30);
    awaitOffset(30);

    assertThat(leader.running()).isTrue();
    assertThat(linesAboutTheLead()).singleElement().asString().contains("WARN");
    System.out.println("MEASURED zombie's line: " + linesAboutTheLead().get(0));
    List<Announcement> later = job.announcements();
    assertThat(later.subList(announced, later.size()).stream().map(StandbyIT::writer))
        .isNotEmpty()
        .containsOnly("standby");
    assertThat(CheckpointInspection.of(Path.of(job.newest().folder())).whole()).isTrue();
  }

  private List<String> linesAboutTheLead() throws IOException {
    return Files.readAllLines(folder.resolve("leader")).stream()
        .filter(line -> line.contains("lost the lead"))
        .toList();
  }

  private void awaitOffset(long offset) {
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> offset() == offset);
  }

  private long offset() {
    List<Announcement> all = job.announcements();
    return all.isEmpty() ? -1 : all.get(all.size() - 1).batchOffset();
  }

  private long members() throws Exception {
    String group = job.config().topics().groupOf("trainer");
    try (Admin admin = SharedBroker.admin()) {
      return Objects.requireNonNull(
              admin.describeConsumerGroups(List.of(group)).describedGroups().get(group))
          .get(10, TimeUnit.SECONDS)
          .members()
          .size();
    }
  }

  private static String writer(Announcement announcement) {
    return announcement.checkpoint().name().replaceFirst("step-\\d+-", "").replaceFirst("~.*", "");
  }
}
