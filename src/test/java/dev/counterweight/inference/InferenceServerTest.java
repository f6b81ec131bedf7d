package dev.counterweight.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.protocol.ServedScore;
import dev.counterweight.serving.Reason;
import dev.counterweight.serving.Scratch;
import dev.counterweight.serving.ServedModel;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class InferenceServerTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> CLASSES = List.of("ok", "fräud", "odd");

  private final FeatureSchema features = FeatureSchema.ofNumbers(TestModels.names(3));
  private final ServedModel now = TestModels.mlp(features, CLASSES, 200);
  private final ServedModel before = TestModels.mlp(features, CLASSES, 100);
  private final ServedJob job = new ServedJob(TestModels.source(now, before));

  @AfterEach
  void close() {
    job.close();
  }

  @Test
  void anEventIsAnsweredWithTheScoreThatTheModelGivesIt() throws Exception {
    HttpResponse<String> response = job.post("/score", "{\"f0\":1,\"f1\":2.5,\"f2\":-3,\"x\":9}");

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
    ServedScore score = ServedScore.parse(response.body().getBytes("UTF-8"));
    assertIs(score, now, 1, 2.5f, -3);
    assertThat(response.body()).doesNotContain("partition").doesNotContain("reasons");
  }

  @Test
  void anArrayOfEventsIsAnsweredWithAnArrayInItsOrder() throws Exception {
    HttpResponse<String> response =
        job.post(
            "/score",
            " [ {\"f0\":1,\"f1\":2,\"f2\":3}"
                + " ,{\"f0\":\"4\",\"f1\":5,\"f2\":6,\"t\":\"a,]\\\"}\"}]\n");

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    JsonNode scores = JSON.readTree(response.body());
    assertThat(scores).hasSize(2);
    assertIs(ServedScore.parse(JSON.writeValueAsBytes(scores.get(0))), now, 1, 2, 3);
    assertIs(ServedScore.parse(JSON.writeValueAsBytes(scores.get(1))), now, 4, 5, 6);
    assertThat(JSON.readTree(job.post("/score", "[]").body())).isEmpty();
  }

  @Test
  void reasonsAreToldWhereTheyAreAskedFor() throws Exception {
    ServedScore score =
        ServedScore.parse(
            job.post("/score?reasons=2", "{\"f0\":1,\"f1\":2,\"f2\":3}").body().getBytes("UTF-8"));

    assertThat(score.reasons()).hasSize(2);
    assertThat(score.reasons())
        .extracting(Reason::feature)
        .isEqualTo(
            now.reasons(new float[] {1, 2, 3}, 0, now.scratch(), 2).stream()
                .map(Reason::feature)
                .toList());
  }

  @Test
  void aMatrixIsAnsweredWithProbabilitiesAndDecisions() throws Exception {
    JsonNode flat =
        infer(
            "{\"id\":\"a-1\",\"parameters\":{\"p\":7,\"q\":\"ü\",\"r\":true},\"inputs\":[{\"name\":\"input\","
                + "\"shape\":[2,3],\"datatype\":\"FP32\",\"data\":[1,2,3,4.5,5,6]}]}");
    JsonNode nested =
        infer(
            "{\"inputs\":[{\"data\":[[1,2,3],[4.5,5,6]],\"datatype\":\"FP64\","
                + "\"shape\":[2,3],\"name\":\"input\"}]}");

    assertThat(flat.get("model_name").textValue()).isEqualTo("fraud");
    assertThat(flat.get("model_version").textValue()).isEqualTo("200");
    assertThat(flat.get("id").textValue()).isEqualTo("a-1");
    assertThat(flat.get("parameters").toString()).isEqualTo("{\"p\":7,\"q\":\"ü\",\"r\":true}");
    assertThat(nested.has("id")).isFalse();
    assertThat(nested.get("outputs")).isEqualTo(flat.get("outputs"));
    JsonNode probabilities = flat.get("outputs").get(0);
    assertThat(probabilities.get("name").textValue()).isEqualTo("probabilities");
    assertThat(probabilities.get("datatype").textValue()).isEqualTo("FP32");
    assertThat(probabilities.get("shape").toString()).isEqualTo("[2,3]");
    Scratch scratch = now.scratch();
    now.score(new float[] {4.5f, 5, 6}, 0, scratch);
    for (int c = 0; c < CLASSES.size(); c++) {
      assertThat(probabilities.get("data").get(3 + c).floatValue())
          .isEqualTo((float) scratch.probabilities()[c]);
    }
    JsonNode decision = flat.get("outputs").get(1);
    assertThat(decision.get("name").textValue()).isEqualTo("decision");
    assertThat(decision.get("datatype").textValue()).isEqualTo("BYTES");
    assertThat(decision.get("shape").toString()).isEqualTo("[2]");
    assertThat(decision.get("data").get(1).textValue()).isEqualTo(CLASSES.get(scratch.decision()));
  }

  @Test
  void aTensorAFeatureIsAsGoodAsAMatrix() throws Exception {
    JsonNode matrix =
        infer(
            "{\"inputs\":[{\"name\":\"input\",\"shape\":[2,3],\"datatype\":\"INT32\",\"data\":[1,1,3,4,0,6]}]}");
    JsonNode byName =
        infer(
            "{\"inputs\":[{\"name\":\"f2\",\"shape\":[2],\"datatype\":\"UINT8\",\"data\":[3,6]},"
                + "{\"name\":\"f0\",\"shape\":[2,1],\"datatype\":\"INT64\",\"data\":[[1],[4]]},"
                + "{\"name\":\"f1\",\"shape\":[2],\"datatype\":\"BOOL\",\"data\":[true,false]}]}");

    assertThat(byName.get("outputs")).isEqualTo(matrix.get("outputs"));
  }

  @Test
  void onlyTheOutputsThatAreAskedForAreGiven() throws Exception {
    JsonNode answer =
        infer(
            "{\"outputs\":[{\"name\":\"decision\",\"parameters\":{\"binary_data\":false}}],\"inputs\":[{\"name\":\"input\","
                + "\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[1,2,3]}]}");

    assertThat(answer.get("outputs")).hasSize(1);
    assertThat(answer.get("outputs").get(0).get("name").textValue()).isEqualTo("decision");
  }

  @Test
  void theVersionBeforeAnswersWhereItIsAskedFor() throws Exception {
    HttpResponse<String> response =
        job.post(
            "/v2/models/fraud/versions/100/infer",
            "{\"inputs\":[{\"name\":\"input\",\"shape\":[1,3],\"datatype\":\"FP32\",\"data\":[1,2,3]}]}");

    JsonNode answer = JSON.readTree(response.body());
    assertThat(answer.get("model_version").textValue()).isEqualTo("100");
    Scratch scratch = before.scratch();
    before.score(new float[] {1, 2, 3}, 0, scratch);
    assertThat(answer.get("outputs").get(0).get("data").get(0).floatValue())
        .isEqualTo((float) scratch.probabilities()[0]);
    assertThat(job.get("/v2/models/fraud/versions/7").statusCode()).isEqualTo(404);
    assertThat(job.get("/v2/models/fraud/versions/7/ready").body()).contains("loaded are 200, 100");
  }

  @Test
  void serverAndModelSayWhatTheyAre() throws Exception {
    assertThat(job.get("/v2").body())
        .isEqualTo("{\"name\":\"counterweight\",\"version\":\"source\",\"extensions\":[]}");
    assertThat(job.get("/v2/models/fraud").body())
        .startsWith(
            "{\"name\":\"fraud\",\"versions\":[\"200\",\"100\"],\"platform\":\"counterweight_checkpoint\","
                + "\"inputs\":[{\"name\":\"input\",\"datatype\":\"FP32\",\"shape\":[-1,3]}],"
                + "\"outputs\":[{\"name\":\"probabilities\",\"datatype\":\"FP32\",\"shape\":[-1,3]},"
                + "{\"name\":\"decision\",\"datatype\":\"BYTES\",\"shape\":[-1]}],"
                + "\"features\":[\"f0\",\"f1\",\"f2\"],\"classes\":[\"ok\",\"fräud\",\"odd\"]");
    assertThat(job.get("/v2/health/live").body()).isEqualTo("{\"live\":true}");
    assertThat(job.get("/v2/health/ready").body()).isEqualTo("{\"live\":true,\"ready\":true}");
    assertThat(job.get("/v2/models/fraud/ready").body())
        .isEqualTo("{\"name\":\"fraud\",\"ready\":true}");
    assertThat(job.get("/v2/models/fraud/versions/100/ready").statusCode()).isEqualTo(200);
  }

  @Test
  void withoutAModelRequestsAreToldWhyThereIsNone() throws Exception {
    ModelSource none =
        new ModelSource() {
          @Override
          public List<ServedModel> loaded() {
            return List.of();
          }

          @Override
          public Optional<String> obstacle() {
            return Optional.of("waiting for a first checkpoint");
          }
        };
    try (ServedJob empty = new ServedJob(none)) {
      for (String path :
          List.of("/v2/health/ready", "/v2/models/fraud/ready", "/v2/models/fraud")) {
        HttpResponse<String> response = empty.get(path);
        assertThat(response.statusCode()).as(path).isEqualTo(503);
        assertThat(JSON.readTree(response.body()).get("error").textValue())
            .isEqualTo("waiting for a first checkpoint");
      }
      assertThat(empty.post("/score", "{}").statusCode()).isEqualTo(503);
      assertThat(empty.post("/score", "{}").headers().firstValue("Retry-After")).contains("1");
      assertThat(empty.get("/v2/health/live").statusCode()).isEqualTo(200);
      assertThat(empty.get("/v2").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void requestsAreCountedByKindAndStatus() throws Exception {
    job.post("/score", "{\"f0\":1,\"f1\":2,\"f2\":3}");
    job.post("/score", "{}");
    job.get("/v2/health/live");
    job.get("/nowhere");

    await().until(() -> job.counted("other", "4xx") == 1);
    assertThat(job.counted("score", "2xx")).isEqualTo(1);
    assertThat(job.counted("score", "4xx")).isEqualTo(1);
    assertThat(job.counted("health", "2xx")).isEqualTo(1);
    assertThat(job.registry.get("counterweight.http.rows").tag("kind", "score").counter().count())
        .isEqualTo(1);
    assertThat(job.registry.get("counterweight.http.latency").tag("kind", "score").timer().count())
        .isEqualTo(2);
  }

  private JsonNode infer(String json) throws Exception {
    HttpResponse<String> response = job.post("/v2/models/fraud/infer", json);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body());
  }

  private static void assertIs(ServedScore score, ServedModel by, float... row) {
    Scratch scratch = by.scratch();
    by.score(row, 0, scratch);
    assertThat(score.probabilities().keySet()).containsExactlyElementsOf(CLASSES);
    assertThat(score.probabilities().values().stream().mapToDouble(p -> p).toArray())
        .isEqualTo(scratch.probabilities());
    assertThat(score.decision()).isEqualTo(CLASSES.get(scratch.decision()));
    assertThat(score.step()).isEqualTo(by.id().step());
    assertThat(score.checkpoint()).isEqualTo(by.id().sha256());
    assertThat(score.schema()).isEqualTo(by.schema().hash());
    assertThat(score.place()).isNull();
  }
}
