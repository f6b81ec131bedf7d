package dev.counterweight.inference;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.event.Feature;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.event.FieldPath;
import dev.counterweight.serving.ServedModel;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each bad request gets its own error in the protocol's form, and the next one is answered. */
@Timeout(60)
class RefusedRequestsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String GOOD = "{\"amount\":1,\"country\":\"de\",\"age\":3,\"tags\":[\"a\"]}";
  private static final ServedModel MODEL =
      TestModels.mlp(
          new FeatureSchema(
              List.of(
                  Feature.number("amount"),
                  category("country"),
                  new Feature(
                      "age", FieldPath.parse("age"), new Feature.Number(), new Feature.Mean()),
                  new Feature(
                      "tags",
                      FieldPath.parse("tags"),
                      new Feature.Categories(new Feature.Table(8, 2, 1), 3),
                      new Feature.Mean()))),
          List.of("ok", "fraud"),
          200);

  private static ServedJob job;

  private static Feature category(String name) {
    return new Feature(
        name,
        FieldPath.parse(name),
        new Feature.Category(new Feature.Table(8, 2, 1)),
        new Feature.Mean());
  }

  @BeforeAll
  static void start() {
    job = new ServedJob(ServedJob.plain(4096, 20), TestModels.source(MODEL));
  }

  @AfterAll
  static void stop() {
    job.close();
  }

  static Stream<Arguments> badBodies() {
    String tensor = "{\"name\":\"amount\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":[1]}";
    return Stream.of(
        // what is no request at all
        infer("", 400, "no JSON object"),
        infer("[]", 400, "no JSON object"),
        infer("{\"inputs\":[", 400, "the request is no JSON"),
        infer("{\"inputs\":[" + tensor + "]} {}", 400, "more than one JSON value"),
        infer("{}", 400, "'inputs' is missing"),
        infer("{\"inputs\":[]}", 400, "'inputs' is empty"),
        infer("{\"inputs\":7}", 400, "'inputs' is no array"),
        infer("{\"inputs\":[7]}", 400, "inputs[0] is no object"),
        infer("{\"inputs\":[" + tensor + "],\"inputs\":[]}", 400, "'inputs' stands twice"),
        infer("{\"id\":7,\"inputs\":[" + tensor + "]}", 400, "'id' is no text"),
        infer(
            "{\"parameters\":{\"p\":[1]},\"inputs\":[" + tensor + "]}",
            400,
            "parameter 'p' must be"),
        infer("{\"parameters\":7,\"inputs\":[" + tensor + "]}", 400, "'parameters' is no object"),
        infer("[".repeat(100) + "]".repeat(100), 400, "no JSON object"),
        infer("{\"x\":" + "[".repeat(100) + "]".repeat(100) + "}", 400, "the request is no JSON"),
        infer("{\"inputs\":[{\"name\":\"\u0000\"}]}", 400, "the request is no JSON"),
        // what is asked for
        infer(
            "{\"inputs\":[" + tensor + "],\"outputs\":[{\"name\":\"logits\"}]}",
            400,
            "output 'logits': there are probabilities and decision"),
        infer("{\"inputs\":[" + tensor + "],\"outputs\":[{}]}", 400, "outputs[0] has no name"),
        infer("{\"inputs\":[" + tensor + "],\"outputs\":\"all\"}", 400, "'outputs' is no array"),
        infer(
            "{\"inputs\":["
                + tensor
                + "],\"outputs\":[{\"name\":\"decision\"},{\"name\":\"decision\"}]}",
            400,
            "output 'decision' is asked for twice"),
        // a tensor's own fields
        inferOne("{\"shape\":[1],\"datatype\":\"FP32\",\"data\":[1]}", "inputs[0] has no name"),
        inferOne("{\"name\":\"amount\",\"datatype\":\"FP32\",\"data\":[1]}", "has no shape"),
        inferOne("{\"name\":\"amount\",\"shape\":[1],\"data\":[1]}", "has no datatype"),
        inferOne("{\"name\":\"amount\",\"shape\":[1],\"datatype\":\"FP32\"}", "has no data"),
        inferOne(of("amount", "[1]", "FP16", "[1]"), "datatype 'FP16': must be one of [BOOL"),
        inferOne(of("amount", "[1]", "float32", "[1]"), "datatype 'float32'"),
        inferOne(of("amount", "[]", "FP32", "[1]"), "shape must be an array of 1 to 8"),
        inferOne(of("amount", "[-1]", "FP32", "[1]"), "shape must be an array"),
        inferOne(of("amount", "[1.5]", "FP32", "[1]"), "shape must be an array"),
        inferOne(of("amount", "7", "FP32", "[1]"), "shape must be an array"),
        inferOne(of("amount", "[99999999999999999999]", "FP32", "[1]"), "shape must be an array"),
        inferOne(of("amount", "[1,1,1,1,1,1,1,1,1]", "FP32", "[1]"), "shape must be an array"),
        inferOne(
            of("amount", "[2]", "FP32", "[1]"),
            "input 'amount' has shape [2], but data of shape [1]"),
        inferOne(of("amount", "[4294967296,4294967296]", "FP32", "[]"), "but data of shape [0]"),
        inferOne(of("tags", "[20,0]", "BYTES", "[]"), "[20, 0]: must be [rows] or [rows, items]"),
        inferOne(of("input", "[2,2]", "FP32", "[[1,2],[3]]"), "inputs[0].data is nested unevenly"),
        inferOne(of("input", "[2,2]", "FP32", "[[1,2],3]"), "nested unevenly"),
        inferOne(of("input", "[2,2]", "FP32", "[1,[2,3]]"), "nested unevenly"),
        inferOne(of("amount", "[1]", "FP32", "7"), "inputs[0].data is no array"),
        inferOne(of("amount", "[1]", "FP32", "[{}]"), "data holds an object"),
        inferOne(
            of("amount", "[1]", "INT8", "[128]"),
            "input 'amount': element 0 is 128: must be a whole number from -128 to 127 as a INT8"),
        inferOne(of("amount", "[1]", "UINT32", "[-1]"), "from 0 to 4294967295"),
        inferOne(of("amount", "[1]", "INT64", "[1.5]"), "must be a whole number"),
        inferOne(of("amount", "[1]", "FP32", "[\"1\"]"), "element 0 is '1': must be a number"),
        inferOne(of("amount", "[1]", "BOOL", "[1]"), "must be true or false"),
        inferOne(of("country", "[1]", "BYTES", "[1]"), "must be a text"),
        inferOne(
            "{\"name\":\"amount\",\"shape\":[1],\"datatype\":\"FP32\","
                + "\"parameters\":{\"binary_data_size\":4}}",
            "parameter 'binary_data_size': this server has no such extension"),
        // tensors and features
        inferOne(of("size", "[1]", "FP32", "[1]"), "input 'size' is no feature of this model"),
        infer("{\"inputs\":[" + tensor + "," + tensor + "]}", 400, "'amount' stands twice"),
        infer(
            "{\"inputs\":[" + tensor + "," + of("age", "[2]", "FP32", "[1,2]") + "]}",
            400,
            "input 'age' has 2 rows, but input 'amount' has 1"),
        inferOne(of("amount", "[1,2]", "FP32", "[1,2]"), "must be [rows] or [rows, 1]"),
        inferOne(
            of("input", "[1,4]", "FP32", "[1,2,3,4]"),
            "feature 'tags' takes an array: send a tensor a feature"),
        inferOne(of("amount", "[1]", "FP32", "[null]"), "feature 'amount' is null"),
        inferOne(of("age", "[1]", "FP32", "[1]"), "feature 'amount' is missing"),
        inferOne(of("amount", "[1]", "FP64", "[1e300]"), "must be finite as a 32-bit float"),
        inferOne(of("amount", "[1]", "BYTES", "[\"much\"]"), "'much': must be a number"),
        inferOne(of("amount", "[2]", "BYTES", "[\"1\",\"x\"]"), "row 1: feature 'amount'"),
        infer(
            "{\"inputs\":[" + of("amount", "[21]", "INT8", "[" + "1,".repeat(20) + "1]") + "]}",
            413,
            "input 'amount' has 21 rows: more than scores.max.rows=20"),
        // events
        score("", 400, "is empty"),
        score("7", 400, "a number"),
        score("{\"amount\":1", 400, "JSON"),
        score("{\"country\":\"de\"}", 400, "feature 'amount' is missing"),
        score("{\"amount\":\"much\"}", 400, "feature 'amount' is 'much': must be a number"),
        score("{\"amount\":1,\"tags\":\"a\"}", 400, "feature 'tags'"),
        score("[" + GOOD + ",{\"amount\":[]}]", 400, "event 1: feature 'amount'"),
        score("[" + GOOD + ",]", 400, "event 1: "),
        score("[" + GOOD, 400, "its array has no end"),
        score("[" + GOOD + "]]", 400, "more than one JSON value"),
        score("[" + "{},".repeat(20) + "{}]", 413, "more than scores.max.rows=20 events"),
        score(GOOD + "{}", 400, "more than one JSON value"),
        score(
            "{\"amount\":1,\"x\":\"" + "x".repeat(5000) + "\"}",
            413,
            "scores.max.request.bytes=4096"));
  }

  private static Arguments infer(String body, int status, String error) {
    return Arguments.of("/v2/models/fraud/infer", body, status, error);
  }

  private static Arguments inferOne(String tensor, String error) {
    return infer("{\"inputs\":[" + tensor + "]}", 400, error);
  }

  private static Arguments score(String body, int status, String error) {
    return Arguments.of("/score", body, status, error);
  }

  private static String of(String name, String shape, String datatype, String data) {
    return "{\"name\":\"%s\",\"shape\":%s,\"datatype\":\"%s\",\"data\":%s}"
        .formatted(name, shape, datatype, data);
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("badBodies")
  void aBadBodyIsRefusedByItsRule(String path, String body, int status, String error)
      throws Exception {
    HttpResponse<String> response = job.post(path, body);

    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
    JsonNode answer = JSON.readTree(response.body());
    assertThat(answer.get("error").textValue()).contains(error);
    assertThat(answer).hasSize(1);
    assertThat(job.post("/score", GOOD).statusCode()).isEqualTo(200);
  }

  static Stream<Arguments> badRequests() {
    String json = "Content-Type: application/json\r\n";
    String none = "Content-Length: 0\r\n";
    return Stream.of(
        raw("GET /nowhere HTTP/1.1", "", 404, "path '/nowhere'"),
        raw("GET / HTTP/1.1", "", 404, "there are /score and /v2"),
        raw("GET /v2/models HTTP/1.1", "", 404, "path '/v2/models'"),
        raw("GET /v2/models/ HTTP/1.1", "", 404, "path"),
        raw("GET /v2/models/fraud/explain HTTP/1.1", "", 404, "path"),
        raw("GET /v2/models/fraud/versions/200/ready/now HTTP/1.1", "", 404, "path"),
        raw(
            "GET /v2/models/other HTTP/1.1",
            "",
            404,
            "model 'other': this server has 'fraud' alone"),
        raw("GET /v2/models/fraud/versions/7 HTTP/1.1", "", 404, "version '7'"),
        raw("POST /v2/models/fraud/versions/x/infer HTTP/1.1", json + none, 404, "version 'x'"),
        raw("GET /score HTTP/1.1", "", 405, "method GET: this path takes POST"),
        raw("DELETE /v2 HTTP/1.1", "", 405, "method DELETE: this path takes GET, HEAD"),
        raw("POST /v2/health/live HTTP/1.1", json + none, 405, "method POST"),
        raw("POST /score HTTP/1.1", none, 415, "Content-Type ''"),
        raw(
            "POST /score HTTP/1.1",
            "Content-Type: text/plain; charset=utf-8\r\n" + none,
            415,
            "Content-Type 'text/plain; charset=utf-8'"),
        raw(
            "POST /score HTTP/1.1",
            json + "Content-Encoding: gzip\r\n" + none,
            415,
            "Content-Encoding 'gzip'"),
        raw(
            "POST /v2/models/fraud/infer HTTP/1.1",
            json + "Inference-Header-Content-Length: 9\r\n" + none,
            400,
            "no binary extension"),
        raw(
            "POST /score HTTP/1.1",
            json + "Content-Length: 5000\r\n",
            413,
            "max.request.bytes=4096"),
        raw(
            "POST /score HTTP/1.1",
            json + "Content-Length: 99999999999999999999\r\n",
            400,
            "cannot be read"),
        raw("POST /score HTTP/1.1", json + "Content-Length: x\r\n", 400, "cannot be read"),
        raw("POST /score?reasons=x HTTP/1.1", json + none, 400, "query 'reasons=x'"),
        raw("POST /score?reasons=1001 HTTP/1.1", json + none, 400, "K from 0 to 1000"),
        raw("POST /score?explain=1 HTTP/1.1", json + none, 400, "query 'explain=1'"),
        raw("nonsense", "", 400, "cannot be read"),
        raw("GET /v2 HTTP/9.9", "", 505, "cannot be read"),
        raw("GET /v2/%zz HTTP/1.1", "", 400, "cannot be read"),
        raw("GET /v2/../score HTTP/1.1", "", 405, "method GET"),
        raw("GET /v2 HTTP/1.1", "X: " + "x".repeat(9000) + "\r\n", 431, "cannot be read"),
        raw("GET /" + "x".repeat(9000) + " HTTP/1.1", "", 414, "cannot be read"),
        raw("GET /v2 HTTP/1.1", "Bad Header\r\n", 400, "cannot be read"));
  }

  private static Arguments raw(String line, String headers, int status, String error) {
    return Arguments.of(line, headers, status, error);
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("badRequests")
  void aBadRequestIsRefusedByItsRule(String line, String headers, int status, String error)
      throws Exception {
    try (Socket socket = new Socket("127.0.0.1", job.port())) {
      socket.setSoTimeout(10_000);
      socket
          .getOutputStream()
          .write((line + "\r\nHost: localhost\r\n" + headers + "\r\n").getBytes(ISO_8859_1));
      String head = head(socket.getInputStream());

      assertThat(head).startsWith("HTTP/1.1 " + status + " ");
      assertThat(head).containsIgnoringCase("Content-Type: application/json");
      String body = new String(socket.getInputStream().readNBytes(length(head)), UTF_8);
      assertThat(JSON.readTree(body).get("error").textValue()).contains(error);
    }
    assertThat(job.post("/score", GOOD).statusCode()).isEqualTo(200);
  }

  @Test
  void aFeatureMayBeMissingWhereItsRuleSaysSo() throws Exception {
    HttpResponse<String> event = job.post("/score", "{\"amount\":1}");
    HttpResponse<String> tensors =
        job.post(
            "/v2/models/fraud/infer",
            "{\"inputs\":["
                + of("amount", "[2]", "FP32", "[1,1]")
                + ","
                + of("country", "[2]", "BYTES", "[null,\" \"]")
                + ","
                + of("tags", "[2,2]", "BYTES", "[[\"\",null],[null,null]]")
                + ","
                + of("age", "[2]", "FP64", "[NaN,null]")
                + "]}");

    assertThat(tensors.statusCode()).as(tensors.body()).isEqualTo(200);
    double ok = JSON.readTree(event.body()).get("probabilities").get("ok").doubleValue();
    JsonNode data = JSON.readTree(tensors.body()).get("outputs").get(0).get("data");
    assertThat(data.get(0).floatValue()).isEqualTo((float) ok);
    assertThat(data.get(2).floatValue()).isEqualTo((float) ok);
  }

  @Test
  void theNextRequestOfAConnectionIsAnsweredAfterABadOne() throws Exception {
    try (Socket socket = new Socket("127.0.0.1", job.port())) {
      socket.setSoTimeout(10_000);
      for (String body : List.of("{\"amount\":[]}", GOOD, "nonsense", GOOD)) {
        socket
            .getOutputStream()
            .write(
                ("POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Content-Length: %d\r\n\r\n%s".formatted(body.length(), body))
                    .getBytes(ISO_8859_1));
        String head = head(socket.getInputStream());
        assertThat(head).startsWith(body.equals(GOOD) ? "HTTP/1.1 200 " : "HTTP/1.1 400 ");
        socket.getInputStream().readNBytes(length(head));
      }
    }
  }

  private static String head(InputStream in) throws Exception {
    StringBuilder head = new StringBuilder();
    int next;
    while (head.indexOf("\r\n\r\n") < 0 && (next = in.read()) >= 0) {
      head.append((char) next);
    }
    return head.toString();
  }

  private static int length(String head) {
    return head.lines()
        .filter(line -> line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:"))
        .map(line -> Integer.parseInt(line.substring(15).strip()))
        .findFirst()
        .orElse(0);
  }
}
