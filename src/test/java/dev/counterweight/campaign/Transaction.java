package dev.counterweight.campaign;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.campaign.History.Event;
import dev.counterweight.campaign.History.Kind;
import dev.counterweight.campaign.History.Label;
import dev.counterweight.campaign.MadeEvents.Made;
import dev.counterweight.campaign.MadeEvents.MadeLabel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.jspecify.annotations.Nullable;

/** Events and labels that are committed, or aborted, as one. Owned by the feed's thread. */
final class Transaction {
  private record Sent<T>(T what, Kind kind, Future<RecordMetadata> place) {}

  private final Producer<byte[], byte[]> producer;
  private final Job job;
  private final List<Sent<Made>> events = new ArrayList<>();
  private final List<Sent<MadeLabel>> labels = new ArrayList<>();

  private long oldestMs = Long.MAX_VALUE;

  Transaction(Producer<byte[], byte[]> producer, Job job) {
    this.producer = producer;
    this.job = job;
    producer.beginTransaction();
  }

  /** The earliest time of an event that is in it, or that a label in it is for. */
  long oldestMs() {
    return oldestMs;
  }

  void event(Made event, Kind kind) {
    oldestMs = Math.min(oldestMs, event.timeMs());
    events.add(new Sent<>(event, kind, send(job.events(), event.key(), event.value())));
  }

  void label(MadeLabel label) {
    oldestMs = Math.min(oldestMs, label.eventMs());
    labels.add(new Sent<>(label, Kind.GOOD, send(job.labels(), label.key(), label.value())));
  }

  private Future<RecordMetadata> send(String topic, String key, byte @Nullable [] value) {
    return producer.send(new ProducerRecord<>(topic, key.getBytes(UTF_8), value));
  }

  /** Records what has been committed, and returns the events of it. */
  List<Event> commit(History history) throws InterruptedException {
    producer.commitTransaction();
    List<Event> committed = new ArrayList<>();
    for (Sent<Made> sent : events) {
      Made event = sent.what;
      boolean joins = job.schedule().joins();
      committed.add(
          new Event(
              place(sent.place),
              joins ? event.key() : null,
              joins ? -1 : event.label(),
              event.timeMs(),
              sent.kind));
    }
    committed.forEach(history::event);
    for (Sent<MadeLabel> sent : labels) {
      MadeLabel label = sent.what;
      history.label(new Label(place(sent.place), label.key(), label.label(), label.timeMs()));
    }
    return committed;
  }

  void abort(History history) {
    producer.flush();
    producer.abortTransaction();
    history.aborted(events.size() + labels.size());
  }

  private static Place place(Future<RecordMetadata> sent) throws InterruptedException {
    try {
      RecordMetadata found = sent.get();
      return new Place(found.partition(), found.offset());
    } catch (ExecutionException e) {
      throw new IllegalStateException("committed, and not sent", e);
    }
  }
}
