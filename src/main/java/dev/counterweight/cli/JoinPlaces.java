package dev.counterweight.cli;

import dev.counterweight.config.LabelsConfig;
import java.util.Locale;
import org.apache.kafka.common.utils.Utils;

/**
 * In which partitions the keys of a sample stand. A topic that is read as it is must have each key
 * where the other side has it: in the same partition, or, where that side is repartitioned, where
 * Kafka's own producers put it. Producers of other kinds may put it elsewhere: nothing would be
 * found, and nothing would fail. Not thread-safe.
 */
final class JoinPlaces {
  /** Of fewer records a share says little. */
  private static final int ENOUGH = 20;

  /** Keys that moved when a topic grew are no other partitioner. */
  private static final double MOST = 0.9;

  private static final String MEND = ": set labels.repartition=always";

  private final Side events;
  private final Side labels;
  private final boolean direct;
  private final int partitions;
  private int found;
  private int together;

  /** Records of a topic, and how many of them stand where Kafka's own partitioner puts them. */
  private static final class Side {
    private final String name;
    private final int partitions;
    private final boolean asItIs;
    private int read;
    private int byKafka;

    Side(String name, int partitions, boolean asItIs) {
      this.name = name;
      this.partitions = partitions;
      this.asItIs = asItIs;
    }

    void add(byte[] key, int partition) {
      read++;
      byKafka += Utils.toPositive(Utils.murmur2(key)) % partitions == partition ? 1 : 0;
    }

    boolean elsewhere() {
      return partitions > 1 && read >= ENOUGH && byKafka < MOST * read;
    }
  }

  JoinPlaces(LabelsConfig config, int eventPartitions, int labelPartitions) {
    this.partitions = config.joinPartitions(eventPartitions, labelPartitions);
    this.events =
        new Side(
            "events", eventPartitions, config.eventsByRecordKey() && eventPartitions == partitions);
    this.labels =
        new Side(
            "labels", labelPartitions, config.labelsByRecordKey() && labelPartitions == partitions);
    this.direct = events.asItIs && labels.asItIs;
  }

  void event(byte[] key, int partition) {
    events.add(key, partition);
  }

  void label(byte[] key, int partition) {
    labels.add(key, partition);
  }

  /** Takes in a label and its event. */
  void found(int eventPartition, int labelPartition) {
    found++;
    together += eventPartition == labelPartition ? 1 : 0;
  }

  void tell(Findings findings) {
    findings.good(
        "join: events of %d partitions %s, labels of %d %s"
            .formatted(events.partitions, how(events), labels.partitions, how(labels)));
    if (direct && found > 0) {
      together(findings);
    } else if (direct) {
      alike(findings);
    } else {
      byKafka(events, labels, findings);
      byKafka(labels, events, findings);
    }
  }

  private static String how(Side side) {
    return side.asItIs ? "as they are" : "repartitioned";
  }

  private void together(Findings findings) {
    if (together < MOST * found) {
      findings.wrong(
          String.format(
              Locale.ROOT,
              "join: %,d of %,d labels stand in another partition than their event, and would not"
                  + " find it: their producers place keys differently"
                  + MEND,
              found - together,
              found));
    }
  }

  private void alike(Findings findings) {
    if (events.elsewhere() != labels.elsewhere() && Math.min(events.read, labels.read) >= ENOUGH) {
      Side other = events.elsewhere() ? events : labels;
      findings.wrong(placed(other) + ", the others do: none would find another" + MEND);
    }
  }

  /** One side is read as it is, the other one is put where Kafka's own partitioner says. */
  private static void byKafka(Side asItIs, Side other, Findings findings) {
    if (asItIs.asItIs && !other.asItIs && asItIs.elsewhere()) {
      findings.wrong(placed(asItIs) + ", to which the " + other.name + " are repartitioned" + MEND);
    }
  }

  private static String placed(Side side) {
    return String.format(
        Locale.ROOT,
        "join: %,d of %,d sampled %s do not stand where Kafka's own partitioner (murmur2 of the"
            + " key) puts them",
        side.read - side.byKafka,
        side.read,
        side.name);
  }
}
