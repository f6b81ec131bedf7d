package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.config.ScoresHttpConfig;
import dev.counterweight.event.EventSchema;
import dev.counterweight.exporting.Served;
import dev.counterweight.inference.InferenceServer;
import dev.counterweight.inference.ModelSource;
import dev.counterweight.runtime.JobMeters;
import dev.counterweight.serving.ServedModel;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;

/** Asks a server of scores, by the model of one checkpoint, about events as JSON. */
final class SkewHttp {
  private static final int TOGETHER = 500;

  private final StoredCheckpoint checkpoint;

  SkewHttp(StoredCheckpoint checkpoint) {
    this.checkpoint = checkpoint;
  }

  Served served(SkewRows rows) throws Exception {
    double[] probabilities = new double[2 * rows.count()];
    int[] decisions = new int[rows.count()];
    HttpClient client = HttpClient.newHttpClient();
    try (ServedModel model = ServedCheckpoint.of(checkpoint);
        InferenceServer server = start(model)) {
      for (int from = 0; from < rows.count(); from += TOGETHER) {
        StringJoiner events = new StringJoiner(",", "[", "]");
        for (int row = from; row < Math.min(rows.count(), from + TOGETHER); row++) {
          events.add(rows.json(row));
        }
        HttpResponse<String> answer =
            client.send(
                HttpRequest.newBuilder(URI.create(server.url() + "/score"))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(events.toString()))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        int row = from;
        for (JsonNode told : new ObjectMapper().readTree(answer.body())) {
          for (int c = 0; c < 2; c++) {
            probabilities[2 * row + c] =
                told.path("probabilities").path(SkewJob.CLASSES.get(c)).doubleValue();
          }
          decisions[row] = SkewJob.CLASSES.indexOf(told.path("decision").asText());
          row++;
        }
      }
    }
    return new Served(probabilities, decisions);
  }

  private InferenceServer start(ServedModel model) {
    return InferenceServer.start(
        new ScoresHttpConfig("127.0.0.1", 0, null, null, 1 << 20, TOGETHER),
        checkpoint.manifest().job(),
        EventSchema.Envelope.NONE,
        new ModelSource() {
          @Override
          public List<ServedModel> loaded() {
            return List.of(model);
          }

          @Override
          public Optional<String> obstacle() {
            return Optional.empty();
          }
        },
        new JobMeters(new SimpleMeterRegistry(), checkpoint.manifest().job()));
  }
}
