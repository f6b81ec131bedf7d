package dev.counterweight.joiner;

import dev.counterweight.joining.Side;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.streams.ReadStart;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the joining of a side's partition goes on, and what retention deleted before. */
final class SideStart {
  private static final Logger LOG = LoggerFactory.getLogger(SideStart.class);

  private SideStart() {}

  /**
   * The offset to go on from.
   *
   * @param stored what the store has; {@link TaskProgress#NEVER} if the partition was never joined
   * @throws FailureException if records were lost and {@code events.lost=fail}
   */
  static long of(JoinSettings settings, Side side, TopicPartition partition, long stored) {
    ReadStart start =
        ReadStart.of(
            settings.offsets().of(side),
            partition,
            stored == TaskProgress.NEVER ? OptionalLong.empty() : OptionalLong.of(stored),
            settings.labels().events().lost(),
            "joined",
            LOG);
    settings.metrics().lost(side, start.lost());
    return start.next();
  }
}
