package dev.counterweight.cli;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.NameList;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.EventSchema.Envelope;
import dev.counterweight.event.EventTree;
import dev.counterweight.event.RawEvent;
import dev.counterweight.event.SchemaOrigin;
import dev.counterweight.event.SchemaOrigin.SchemaFile;
import dev.counterweight.event.SchemaUnavailableException;
import dev.counterweight.profile.FormatGuess;
import dev.counterweight.profile.TopicFormat;
import dev.counterweight.protocol.FailureException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Finds the format of a sample, by schemas too, where a registry or a file tells them. */
final class SampledFormat {
  private static final int TRIED = 200;

  private final JobConfig reach;
  private final ClusterSettings given;
  private String trouble = "";

  /**
   * @param reach says how to reach the registry, if there is one
   */
  SampledFormat(JobConfig reach, ClusterSettings given) {
    this.reach = reach;
    this.given = given;
  }

  /**
   * The format of most of these events.
   *
   * @throws FailureException if a schema cannot be had
   */
  TopicFormat of(List<RawEvent> events) {
    List<RawEvent> some = events.stream().filter(e -> e.value() != null).limit(TRIED).toList();
    String file = given.value("events.schema.file");
    if (file != null) {
      return byFile(Path.of(file), some);
    }
    TopicFormat guess = FormatGuess.of(events);
    String columns = given.value("events.columns");
    if (guess instanceof TopicFormat.Csv csv && columns != null) {
      return new TopicFormat.Csv(csv.rows().named(NameList.parse(columns).orElse(List.of())));
    }
    boolean framed = guess instanceof TopicFormat.Framed;
    if (!framed && !(guess instanceof TopicFormat.Unknown)) {
      return guess;
    }
    if (reach.events().schemas().registry() != null) {
      SchemaOrigin origin = SchemaOrigin.of(EventSample.schemas(reach));
      TopicFormat.Typed found = most(candidates(origin), some);
      return found == null && !framed ? guess : required(found, "their schema");
    }
    return framed
        ? new TopicFormat.Unknown(
            "the values are framed for a schema registry (byte 0 and an id), and are no JSON: name"
                + " it with --schema-registry URL, or their schema with --schema-file FILE")
        : guess;
  }

  private TopicFormat byFile(Path path, List<RawEvent> events) {
    SchemaFile file;
    try {
      file =
          new SchemaFile(
              path.toString(), Files.readAllBytes(path), given.value("events.schema.message"));
    } catch (IOException e) {
      throw new FailureException("--schema-file=%s cannot be read: %s".formatted(path, e));
    }
    List<TopicFormat.Typed> candidates = new ArrayList<>(candidates(SchemaOrigin.of(file)));
    candidates.addAll(candidates(new SchemaOrigin(true, file, null)));
    return required(most(candidates, events), path.toString());
  }

  private TopicFormat required(TopicFormat.@Nullable Typed found, String schema) {
    if (found == null) {
      throw new FailureException("the values cannot be read by " + schema + ": " + trouble);
    }
    return found;
  }

  private List<TopicFormat.Typed> candidates(SchemaOrigin origin) {
    List<TopicFormat.Typed> candidates = new ArrayList<>();
    add(candidates, "avro", EventTree::avro, origin);
    add(candidates, "protobuf", EventTree::protobuf, origin);
    return candidates;
  }

  private void add(
      List<TopicFormat.Typed> to,
      String format,
      Function<SchemaOrigin, EventTree> reading,
      SchemaOrigin origin) {
    try {
      to.add(new TopicFormat.Typed(format, Envelope.NONE, origin.framed(), reading.apply(origin)));
    } catch (IllegalArgumentException e) {
      trouble = String.valueOf(e.getMessage());
    }
  }

  /** What reads most of the events, if it reads nearly all. */
  private TopicFormat.@Nullable Typed most(
      List<TopicFormat.Typed> candidates, List<RawEvent> events) {
    TopicFormat.Typed best = null;
    long bestRead = (long) (0.9 * events.size());
    for (TopicFormat.Typed candidate : candidates) {
      long read = events.stream().filter(event -> reads(candidate.tree(), event)).count();
      if (read > bestRead) {
        best = candidate;
        bestRead = read;
      }
    }
    return best == null ? null : best.opened(events);
  }

  private boolean reads(EventTree tree, RawEvent event) {
    try {
      tree.of(event);
      return true;
    } catch (EventRejectedException e) {
      trouble = e.getMessage();
      return false;
    } catch (SchemaUnavailableException e) {
      throw new FailureException(String.valueOf(e.getMessage()));
    }
  }
}
