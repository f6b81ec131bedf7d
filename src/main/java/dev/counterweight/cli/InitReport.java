package dev.counterweight.cli;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.event.RawEvent;
import dev.counterweight.event.SchemaUnavailableException;
import dev.counterweight.event.Shown;
import dev.counterweight.kafka.Records;
import dev.counterweight.profile.Finding.LeftOut;
import dev.counterweight.profile.Inference;
import dev.counterweight.profile.Label;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Says of a job file that was written what it is, and what could not be told. */
final class InitReport {
  private static final int FEW_EVENTS = 100;
  private static final int MOST_DOUBTS = 20;
  private static final int FEW_OF_A_CLASS = 10;

  private final PrintWriter err;
  private final String topic;

  InitReport(PrintWriter err, String topic) {
    this.err = err;
    this.topic = topic;
  }

  /** The exit code: 1 where the file is not ready to be run. */
  int tell(
      TopicSample sample,
      Inference found,
      Set<String> giveaways,
      JobFile file,
      ClusterSettings given) {
    err.printf(
        "topic '%s': %,d events looked at; %d features, %d fields left out%n",
        topic, sample.records().size(), found.features().size(), found.leftOut().size());
    if (sample.records().size() < FEW_EVENTS) {
      note("so few events say little of those to come");
    }
    given.all().values().stream()
        .filter(ClusterSettings.Setting::toBeSet)
        .forEach(setting -> note("set " + setting.written() + ": the file refers to it"));
    found.leftOut().stream()
        .filter(LeftOut::doubtful)
        .limit(MOST_DOUBTS)
        .forEach(left -> note("left out: " + InferredJob.shown(left)));
    giveaways.forEach(
        path -> note("feature '%s': %s".formatted(Shown.text(path), InferredJob.GIVEAWAY)));
    if (found.features().isEmpty()) {
      err.println("error: no field can be a feature: events.features is empty");
      return Main.FAILED;
    }
    if (found.label() instanceof Label.Unknown unknown) {
      err.println(
          "error: the label cannot be told: %s; say which field it is with --label%s"
              .formatted(
                  unknown.why(),
                  unknown.candidates().isEmpty()
                      ? ""
                      : ": "
                          + Shown.names(
                              unknown.candidates().stream().map(Label.Known::path).toList())));
      return Main.FAILED;
    }
    Label.Known label = (Label.Known) found.label();
    err.println(
        "label '%s', %s: %s"
            .formatted(Shown.text(label.path()), label.why(), InferredJob.shares(label.classes())));
    few(label);
    rejected(sample, JobConfigLoader.load(file.values()));
    return 0;
  }

  private void few(Label.Known label) {
    List<String> few =
        label.classes().stream()
            .filter(value -> value.events() < FEW_OF_A_CLASS)
            .map(value -> value.names().get(0))
            .toList();
    if (!few.isEmpty()) {
      note(
          (few.size() == 1
                  ? "class '%s' has".formatted(Shown.text(few.get(0)))
                  : "%d classes (%s) have".formatted(few.size(), Shown.names(few)))
              + " few events in the sample: others may be missing from events.classes");
    }
  }

  /** What the job would make of the very events that it was written from. */
  private void rejected(TopicSample sample, JobConfig config) {
    EventDecoder decoder = config.events().decoder(EventSample.schemas(config));
    float[] row = new float[config.events().schema().features().columnCount()];
    Map<Reason, Integer> counts = new TreeMap<>();
    Map<Reason, String> examples = new TreeMap<>();
    for (ConsumerRecord<byte[], byte[]> record : sample.records()) {
      try {
        RawEvent event = Records.event(record);
        decoder.head(event);
        decoder.features(event, row, 0);
      } catch (EventRejectedException e) {
        counts.merge(e.reason(), 1, Integer::sum);
        examples.computeIfAbsent(
            e.reason(),
            reason ->
                "partition %d, offset %d: %s"
                    .formatted(record.partition(), record.offset(), e.getMessage()));
      } catch (SchemaUnavailableException e) {
        note("what of these events would be refused was not looked at: " + e.getMessage());
        return;
      }
    }
    counts.forEach(
        (reason, count) ->
            note(
                String.format(
                    Locale.ROOT,
                    "%,d of these events would be %s: %s",
                    count,
                    (reason.deadLetter() ? "dead letters, " : "passed over, ") + reason.text(),
                    examples.get(reason))));
  }

  private void note(String words) {
    err.println("note: " + words);
  }
}
