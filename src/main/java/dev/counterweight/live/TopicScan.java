package dev.counterweight.live;

import dev.counterweight.kafka.OpenTransactions.Held;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * What a look at a job's topics found.
 *
 * @param newest {topic: its newest record}, of the topics that are tailed and have one
 * @param reports of the trainer, found by this look, oldest first
 * @param labelled events with labels that come later, found by this look, oldest first
 * @param ends {partition: end} of the events topic; empty if it was not found
 * @param starts {partition: first offset} of the events topic
 * @param held what producers' open transactions hold back of the events topic
 * @param sampled {partition: offset after the last event used} of the sampler's group; empty if it
 *     has committed nothing, or this process may not know
 * @param unseen {topic: why it was not seen}
 * @param deadLetters what stands in the dead-letter topic
 */
record TopicScan(
    Map<String, ConsumerRecord<byte[], byte[]>> newest,
    List<ConsumerRecord<byte[], byte[]>> reports,
    List<ConsumerRecord<byte[], byte[]>> labelled,
    SortedMap<Integer, Long> ends,
    SortedMap<Integer, Long> starts,
    Held held,
    SortedMap<Integer, Long> sampled,
    Map<String, Unseen> unseen,
    Letters deadLetters) {

  /** Why a topic was not seen. */
  enum Unseen {
    /** It does not exist, or this process may not even know of it. */
    ABSENT,
    FORBIDDEN
  }

  /**
   * Dead letters that stand in their topic.
   *
   * @param estimated whether not every one was looked at
   * @param perSecond how many have come a second lately; NaN if that is not known
   * @param share of the events used meanwhile; NaN if that is not known
   * @param reasons of those that were read, the most frequent first
   */
  record Letters(
      long count,
      boolean estimated,
      double perSecond,
      double share,
      List<LetterReasons.OfReason> reasons) {
    static final Letters NONE = new Letters(0, false, List.of());

    /** As they stand, of which it is not known how they come. */
    Letters(long count, boolean estimated, List<LetterReasons.OfReason> reasons) {
      this(count, estimated, Double.NaN, Double.NaN, reasons);
    }

    /** Whether most events are refused. */
    boolean flood() {
      return perSecond >= 1 && share > 0.5;
    }
  }
}
