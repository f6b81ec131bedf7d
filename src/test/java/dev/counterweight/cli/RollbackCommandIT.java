package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.WholeLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Going back to an older checkpoint, on a job that trained on real data. */
@Timeout(180)
class RollbackCommandIT {
  @TempDir Path folder;
  private final String job = SharedBroker.uniqueName("job");

  @Test
  void theTrainerResumesFromTheCheckpointGoneBackToAndArrivesAtTheSameModel() throws Exception {
    ShuttleEvents sent = ShuttleEvents.send(3_000, 1);
    List<String> lines = new ArrayList<>(sent.properties(job, folder.resolve("c").toString()));
    lines.add("checkpoint.every.steps=60");
    Files.write(folder.resolve("job.properties"), lines);
    JsonNode first = train("all");
    byte[] model = model(first);

    Outcome list = run("rollback");
    assertThat(list.code()).as(list.text()).isZero();
    List<String> names = names(list);
    assertThat(names).hasSizeGreaterThan(3);
    assertThat(list.text()).startsWith("current " + names.get(0)).contains("batch offset");

    refusedWhileATrainerRuns(names.get(2));
    assertThat(run("rollback", "--to", "step-000000000001-nobody").text())
        .contains("has no announced checkpoint", names.get(0));
    damagedIsRefused(names.get(1));
    assertThat(names(run("rollback")).get(0)).isEqualTo(names.get(0));

    scorersAreOrderedAndTrainersPassItOver(names);

    Outcome back = run("rollback", "--to", names.get(2));
    assertThat(back.code()).as(back.text()).isZero();
    assertThat(back.text()).contains("current checkpoint: " + names.get(2));
    assertThat(names(run("rollback")).get(0)).isEqualTo(names.get(2));
    assertThat(announced().checkpoint().name()).isEqualTo(names.get(2));
    assertThat(announced().inline()).containsKey("model.safetensors");

    JsonNode again = train("trainer");
    assertThat(run("rollback").text())
        .contains("retired: newer ones replaced it")
        .doesNotContain("DAMAGED");
    assertThat(again.get("steps")).isEqualTo(first.get("steps"));
    assertThat(again.get("checkpoint")).isNotEqualTo(first.get("checkpoint"));
    assertThat(model(again)).isEqualTo(model);
  }

  private void scorersAreOrderedAndTrainersPassItOver(List<String> names) {
    Outcome order = run("rollback", "--scorers", names.get(2));
    assertThat(order.code()).as(order.text()).isZero();
    assertThat(order.text()).contains("scorers answer by " + names.get(2) + ", step ");
    assertThat(names(run("rollback"))).isEqualTo(names);
    assertThat(run("rollback", "--scorers", "step-000000000001-nobody").text())
        .contains("has no announced checkpoint", names.get(0));
    assertThat(run("rollback", "--scorers", names.get(2), "--to", names.get(2)).text())
        .contains("--to and --scorers: one of them at a time");

    assertThat(run("rollback", "--scorers", "newest").text()).contains("scores.follow again");
    assertThat(run("rollback", "--scorers", names.get(3)).code()).isZero();
  }

  /** The newest announcement. */
  private Announcement announced() {
    KafkaClients clients =
        new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));
    List<Announcement> all = new ArrayList<>();
    WholeLog.forEach(
        clients,
        job + ".checkpoints",
        found -> {
          if (Announcement.isKey(found.key())) {
            all.add(Announcement.parse(found.value()));
          }
        });
    return all.get(all.size() - 1);
  }

  private void refusedWhileATrainerRuns(String name) {
    KafkaClients clients =
        new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));
    try (Consumer<byte[], byte[]> member =
        clients.consumer("trainer", Map.of(ConsumerConfig.GROUP_ID_CONFIG, job + ".trainer"))) {
      member.subscribe(List.of(job + ".batches"));
      while (member.groupMetadata().memberId().isEmpty()) {
        member.poll(Duration.ofMillis(100));
      }
      Outcome outcome = run("rollback", "--to", name);
      assertThat(outcome.code()).isEqualTo(1);
      assertThat(outcome.text()).contains("running trainer", job + ".trainer");
    }
  }

  private void damagedIsRefused(String name) throws IOException {
    Path file = folder.resolve("c").resolve(name).resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    Files.write(file, bytes);
    assertThat(run("rollback").text()).contains(name + "  DAMAGED: ");

    Outcome outcome = run("rollback", "--to", name);

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.text()).contains("cannot be read", "model.safetensors");
  }

  private JsonNode train(String role) throws IOException {
    Path summary = folder.resolve(role + ".json");
    Outcome outcome = run("run", "--role", role, "--stop-at-end", "--summary", summary.toString());
    assertThat(outcome.code()).as(outcome.text()).isZero();
    return new ObjectMapper().readTree(summary.toFile());
  }

  private static byte[] model(JsonNode summary) throws IOException {
    return Files.readAllBytes(Path.of(summary.get("checkpoint").asText(), "model.safetensors"));
  }

  private Outcome run(String command, String... more) {
    List<String> args = new ArrayList<>();
    args.addAll(List.of(command, "--config", folder.resolve("job.properties").toString()));
    args.addAll(List.of(more));
    return Outcome.of(args);
  }

  private static List<String> names(Outcome outcome) {
    return outcome.text().lines().map(line -> line.split(" +")[1]).toList();
  }
}
