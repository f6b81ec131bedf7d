package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TransactionAbortableException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class AnnouncementsTest {
  private static final ConsumerGroupMetadata MEMBER = new ConsumerGroupMetadata("any");
  private static final Announcement ANNOUNCEMENT =
      new Announcement(
          new Announcement.Ref("step-x", "00"), 1, 1, Map.of(), "", List.of(), new TreeMap<>());

  private final Silent producer = new Silent();

  /** Gives no answer to so many calls, to each kind of call. */
  private static final class Silent extends MockProducer<byte[], byte[]> {
    private int silences;
    private int left;
    private String call = "";

    Silent() {
      super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public void initTransactions() {
      answer("init");
      super.initTransactions();
    }

    @Override
    public void sendOffsetsToTransaction(
        Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata member) {
      answer("offsets");
      super.sendOffsetsToTransaction(offsets, member);
    }

    @Override
    public void commitTransaction() {
      answer("commit");
      super.commitTransaction();
    }

    private void answer(String name) {
      if (!call.equals(name)) {
        call = name;
        left = silences;
      }
      if (left-- > 0) {
        throw new TimeoutException("no answer to " + name);
      }
    }
  }

  @Test
  void aBrokerThatAnswersAtTheThirdAttemptIsWaitedFor() throws Exception {
    producer.silences = 2;
    Announcements announcements = announcements();

    announcements.announce(ANNOUNCEMENT, MEMBER);

    assertThat(producer.history()).hasSize(1);
    assertThat(producer.commitCount()).isEqualTo(1);
  }

  @Test
  void aBrokerThatNeverAnswersIsNotWaitedForForever() {
    Announcements announcements = announcements();
    producer.silences = 99;

    assertThatThrownBy(() -> announcements.announce(ANNOUNCEMENT, MEMBER))
        .isInstanceOf(TimeoutException.class)
        .hasMessageContaining("no answer in 3 attempts");
    assertThat(producer.commitCount()).isZero();
  }

  @Test
  void aLeadThatCannotBeTakenInTimeLeavesNoProducerOpen() {
    producer.silences = 99;

    assertThatThrownBy(this::announcements).isInstanceOf(TimeoutException.class);
    assertThat(producer.closed()).isTrue();
  }

  @Test
  void recordsThatHadNoAnswerInTimeMayBeTriedAgain() throws Exception {
    Announcements announcements = announcements();
    producer.commitTransactionException =
        new KafkaException(
            "The client hasn't received acknowledgment for some previously sent messages and can no"
                + " longer retry them. It is safe to abort the transaction and continue.");

    assertThatThrownBy(() -> announcements.announce(ANNOUNCEMENT, MEMBER))
        .isInstanceOf(Announcements.NotNowException.class);
    assertThat(producer.transactionAborted()).isTrue();
  }

  @Test
  void whatTheBrokerAbortsMayBeTriedAgain() throws Exception {
    Announcements announcements = announcements();
    producer.commitTransactionException = new TransactionAbortableException("for a moment");

    assertThatThrownBy(() -> announcements.announce(ANNOUNCEMENT, MEMBER))
        .isInstanceOf(Announcements.NotNowException.class);
    assertThat(producer.transactionAborted()).isTrue();
    producer.commitTransactionException = null;
    announcements.announce(ANNOUNCEMENT, MEMBER);
    assertThat(producer.history()).hasSize(1);
  }

  @Test
  void aTroubleOfTheMomentIsKnownInsideWhatTheProducerWrapsItIn() {
    Announcements announcements = announcements();
    producer.sendOffsetsToTransactionException =
        new KafkaException("in an error state", new TimeoutException("no metadata"));

    assertThatThrownBy(() -> announcements.announce(ANNOUNCEMENT, MEMBER))
        .isInstanceOf(Announcements.NotNowException.class);
  }

  @Test
  void aTransactionThatCannotBeEndedCostsTheLead() {
    Announcements announcements = announcements();
    producer.commitTransactionException = new TransactionAbortableException("for a moment");
    producer.abortTransactionException = new ProducerFencedException("taken");

    assertThatThrownBy(() -> announcements.announce(ANNOUNCEMENT, MEMBER))
        .isInstanceOf(Announcements.LeadLostException.class);
  }

  @Test
  void whatWillNotPassIsAFailure() {
    Announcements announcements = announcements();
    producer.sendOffsetsToTransactionException =
        new KafkaException("in an error state", new RecordTooLargeException("2 MiB"));

    assertThatThrownBy(() -> announcements.announce(ANNOUNCEMENT, MEMBER))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("cannot announce a checkpoint on 'j.checkpoints'");
  }

  private Announcements announcements() {
    return new Announcements(clients(), new JobTopics("j", "events"), producer);
  }

  /** Of no cluster: nothing is asked of them here. */
  private static KafkaClients clients() {
    return new TrainerJob("localhost:1", "j", java.nio.file.Path.of("unused")).clients();
  }
}
