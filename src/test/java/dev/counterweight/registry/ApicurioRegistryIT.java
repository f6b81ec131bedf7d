package dev.counterweight.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApicurioRegistryIT {
  @TempDir private Path dir;

  @Test
  void schemasOutliveARestart() throws Exception {
    try (ApicurioRegistry registry = ApicurioRegistry.start(dir)) {
      String url = registry.url();
      int id = registry.avro("events-value", "{\"type\": \"int\"}");

      registry.stop();
      registry.startAgain();

      assertThat(registry.url()).isEqualTo(url);
      HttpResponse<String> answer =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create(url + "/schemas/ids/" + id)).build(),
                  HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).contains("int");
    }
  }
}
