package dev.counterweight.cli;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.WholeLog;
import dev.counterweight.protocol.Span;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the batch log itself says was used, by partition and offset. */
final class BatchLogAudit {
  private final List<MiniBatch> batches = new ArrayList<>();

  /** Reads the committed batch log of a job from its start to its end. */
  static BatchLogAudit of(String job) {
    return of(job, new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of())));
  }

  /** The same on another cluster. */
  static BatchLogAudit of(String job, KafkaClients clients) {
    BatchLogAudit audit = new BatchLogAudit();
    audit.batches.addAll(WholeLog.read(clients, job + ".batches", MiniBatchFormat::read));
    return audit;
  }

  /** Rows drawn. */
  long draws() {
    return batches.stream().mapToLong(batch -> batch.draws().rows()).sum();
  }

  /** Events that each record covers, in log order. */
  List<Long> events() {
    return batches.stream().map(batch -> batch.origin().events()).toList();
  }

  /** Spans of a partition in log order. */
  Map<Integer, List<Span>> spans() {
    Map<Integer, List<Span>> spans = new TreeMap<>();
    batches.forEach(
        batch ->
            batch
                .origin()
                .spans()
                .forEach((p, span) -> spans.computeIfAbsent(p, k -> new ArrayList<>()).add(span)));
    return spans;
  }

  /** Fresh draws of each event. */
  Map<String, Integer> freshDraws() {
    Map<String, Integer> fresh = new HashMap<>();
    for (MiniBatch batch : batches) {
      MiniBatch.Draws draws = batch.draws();
      for (int i = 0; i < draws.rows(); i++) {
        if (draws.fresh()[i] == 1) {
          fresh.merge(draws.sourcePartition()[i] + "-" + draws.sourceOffset()[i], 1, Integer::sum);
        }
      }
    }
    return fresh;
  }

  /** Fresh draws by class index. */
  Map<Integer, Integer> freshDrawsByClass() {
    Map<Integer, Integer> fresh = new TreeMap<>();
    for (MiniBatch batch : batches) {
      MiniBatch.Draws draws = batch.draws();
      for (int i = 0; i < draws.rows(); i++) {
        if (draws.fresh()[i] == 1) {
          fresh.merge((int) draws.labels()[i], 1, Integer::sum);
        }
      }
    }
    return fresh;
  }

  /** The fewest uses any record gave a class that it had seen. */
  float leastUses(int c) {
    float least = Float.POSITIVE_INFINITY;
    for (MiniBatch batch : batches) {
      if (batch.prior()[c] > 0) {
        least = Math.min(least, batch.uses()[c]);
      }
    }
    return least;
  }
}
